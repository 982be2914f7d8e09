"""The two ways from an image to the classes of its pixels in the published evaluations, against NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.tiny_networks import TINY
from training import evaluate_segmenter
from training.augment.resize import resize
from training.data.array_scenes import ArraySegmentationSource
from training.data.segmentation_config import SegmentationDataConfig
from training.recipe import SegmentationRecipe

pytestmark = pytest.mark.once

HEIGHT, WIDTH, SIZE, STRIDE = 75, 110, 64, 16


class Model:
    """Its logits are the colours of the image, each `step` pixels."""

    def __init__(self, step):
        self.step = step

    def predict_on_batch(self, images):
        images = np.asarray(images)
        self.seen = images.shape
        return images[:, self.step // 2 :: self.step, self.step // 2 :: self.step]


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 9, 13, 3)).astype("uint8")
    return np.stack([np.asarray(resize(image, (HEIGHT, WIDTH))) for image in coarse])


def evaluate(monkeypatch, images, attention, masks, step):
    """Mean intersection over union by the published protocol of a family, and what was built for it."""
    model, built = Model(step), {}

    def build_model(recipe, variant, class_names, **kwargs):
        built.update(kwargs)
        return model

    source = ArraySegmentationSource(images, masks, "abc")
    program = SimpleNamespace(build_model=build_model, open_sources=lambda *arguments: (source, source))
    monkeypatch.setattr(evaluate_segmenter, "PROGRAM", program)
    recipe = SegmentationRecipe(
        "test", ("x",), 1, SegmentationDataConfig(image_size=SIZE), None, None, output_stride=STRIDE
    )
    results = evaluate_segmenter.evaluate_segmenter(recipe, TINY[attention], "weights", "data", protocols=["original"])
    return results["original"], built, model


def test_multi_head(monkeypatch, images):
    """Squashed to a square; each pixel of the original takes the class of row `floor(i * size / height)`."""
    rows, columns = np.arange(HEIGHT) * SIZE // HEIGHT, np.arange(WIDTH) * SIZE // WIDTH
    squashed = [np.asarray(resize(image, (SIZE, SIZE))) for image in images]
    expected = np.stack([image.argmax(-1)[rows][:, columns] for image in squashed]).astype("uint8")
    result, built, model = evaluate(monkeypatch, images, "multi_head", expected, step=1)
    assert result["mean_iou"] == 1 and result["images"] == 2
    assert built == {"upsampling": "stride"} and model.seen == (1, SIZE, SIZE, 3)
    shifted = np.roll(expected, 3, axis=2)
    result, *_ = evaluate(monkeypatch, images, "multi_head", shifted, step=1)
    assert 0.3 < result["mean_iou"] < 0.99


def stretch(maps, size, axis):
    """Linear interpolation from corner to corner along one axis."""
    length = maps.shape[axis]
    places = np.linspace(0, length - 1, size)
    return np.apply_along_axis(lambda values: np.interp(places, np.arange(length), values), axis, maps)


def test_separable(monkeypatch, images):
    """Shorter side to the size, both sides down to multiples of the stride, logits up to the original at once."""
    expected = []
    for image in images:
        resized = np.asarray(resize(image, (SIZE, SIZE * WIDTH // HEIGHT)), "float64")
        resized = stretch(stretch(resized, SIZE, 0), 80, 1)  # 93 is no multiple of 16
        logits = resized[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
        expected.append(stretch(stretch(logits, HEIGHT, 0), WIDTH, 1).argmax(-1))
    expected = np.stack(expected).astype("uint8")
    result, built, model = evaluate(monkeypatch, images, "separable", expected, step=STRIDE)
    assert result["mean_iou"] > 0.999  # a pixel on a border may fall to the other side
    assert built == {"size": (None, None), "upsampling": None} and model.seen == (1, 64, 80, 3)


def test_iou_of_each_class(monkeypatch, images):
    squashed = [np.asarray(resize(image, (SIZE, SIZE))).argmax(-1) for image in images]
    rows, columns = np.arange(HEIGHT) * SIZE // HEIGHT, np.arange(WIDTH) * SIZE // WIDTH
    predicted = np.stack(squashed)[:, rows][:, :, columns]
    masks = np.where(predicted == 2, 1, predicted).astype("uint8")
    masks[:, :10] = 255  # counts nowhere
    result, *_ = evaluate(monkeypatch, images, "multi_head", masks, step=1)
    found, truth = predicted[:, 10:], masks[:, 10:]
    expected = [(found[truth == k] == k).sum() / ((found == k) | (truth == k)).sum() for k in range(3)]
    np.testing.assert_allclose(list(result["iou"].values()), expected, rtol=1e-6)
    assert result["mean_iou"] == pytest.approx(np.mean(expected), rel=1e-6)
