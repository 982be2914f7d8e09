"""The two ways from an image to the classes of its pixels in the published evaluations, against NumPy."""

import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3
from keras_mobilevitv3.preprocessing import resize_image
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from tests.tiny_networks import TINY
from training.batches.segmentation_config import SegmentationDataConfig
from training.settings import SegmentationRecipe
from training.sources.array_scenes import ArraySegmentationSource
from training.tasks import segmentation

pytestmark = pytest.mark.once

HEIGHT, WIDTH, SIZE, STRIDE = 75, 110, 64, 16


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 9, 13, 3)).astype("uint8")
    return np.stack([resize_image(image, (HEIGHT, WIDTH)) for image in coarse])


def evaluate(monkeypatch, images, attention, masks):
    """Evaluates logits that are the colours of the image, one in each square of the output stride.

    Returns:
        The results of the published protocol of a family, and the shape of the last image that the network saw.
    """
    seen, built = [], {}

    def build_model(recipe, variant, class_names, size):
        built.update(size=size)
        return DeepLabV3(variant, classes=3, aspp_filters=6, output_stride=STRIDE, input_shape=(*size, 3))

    def logits(model):
        def predict(images):
            seen.append(images.shape)
            return images[:, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]

        return predict

    monkeypatch.setattr(Segmenter, "predict_low_resolution", property(logits))
    source = ArraySegmentationSource(images, masks, "abc")
    monkeypatch.setattr(segmentation, "build_model", build_model)
    monkeypatch.setattr(segmentation, "open_segmentation_sources", lambda *arguments: (source, source))
    recipe = SegmentationRecipe(
        "test", ("x",), 1, SegmentationDataConfig(image_size=SIZE), None, None, output_stride=STRIDE
    )
    results = segmentation.evaluate(recipe, TINY[attention], "weights", "data", protocols=["original"])
    assert built == {"size": (None, None)}
    return results["original"], seen[-1]


def stretch(maps, places, axis):
    """Linear interpolation at places along one axis."""
    numbers = np.arange(maps.shape[axis])
    return np.apply_along_axis(lambda values: np.interp(places, numbers, values), axis, maps)


def corner_to_corner(maps, *size):
    for axis in (0, 1):
        maps = stretch(maps, np.linspace(0, maps.shape[axis] - 1, size[axis]), axis)
    return maps


def multi_head_classes(image):
    """Squashed, enlarged by the stride; each pixel takes the class at row `floor(i * size / height)`."""
    logits = resize_image(image, (SIZE, SIZE)).astype("float64")[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    for axis in (0, 1):
        logits = stretch(logits, (np.arange(SIZE) + 0.5) / STRIDE - 0.5, axis)
    rows, columns = np.arange(HEIGHT) * SIZE // HEIGHT, np.arange(WIDTH) * SIZE // WIDTH
    return logits.argmax(-1)[rows][:, columns]


def separable_classes(image):
    """Shorter side to the size, both sides down to multiples of the stride, logits up to the original at once."""
    resized = resize_image(image, (SIZE, SIZE * WIDTH // HEIGHT), "bicubic", antialias=True).astype("float64")
    resized = corner_to_corner(resized, SIZE, 80)  # 93 is no multiple of 16
    return corner_to_corner(resized[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE], HEIGHT, WIDTH).argmax(-1)


@pytest.mark.parametrize(
    ("attention", "classes", "seen"),
    [("multi_head", multi_head_classes, (64, 64)), ("separable", separable_classes, (64, 80))],
)
def test_published_protocol(monkeypatch, images, attention, classes, seen):
    expected = np.stack([classes(image) for image in images]).astype("uint8")
    result, shape = evaluate(monkeypatch, images, attention, expected)
    assert result["mean_iou"] > 0.999  # a pixel on a border may fall to the other side
    assert result["images"] == 2 and shape == (1, *seen, 3)
    result, _ = evaluate(monkeypatch, images, attention, np.roll(expected, 3, axis=2))
    assert 0.3 < result["mean_iou"] < 0.99


def test_iou_of_each_class(monkeypatch, images):
    predicted = np.stack([multi_head_classes(image) for image in images])
    masks = np.where(predicted == 2, 1, predicted).astype("uint8")
    masks[:, :10] = 255  # counts nowhere
    result, _ = evaluate(monkeypatch, images, "multi_head", masks)
    found, truth = predicted[:, 10:], masks[:, 10:]
    expected = [(found[truth == k] == k).sum() / ((found == k) | (truth == k)).sum() for k in range(3)]
    np.testing.assert_allclose(list(result["iou"].values()), expected, rtol=1e-3)
    assert result["mean_iou"] == pytest.approx(np.mean(expected), rel=1e-3)
