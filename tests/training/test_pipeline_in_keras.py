"""The pipelines together with Keras, on every backend."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_mobilevitv3.preprocessing import EvaluationTransform
from tests.training.augment.draws import photo
from tests.training.data.image_files import decoded, encode
from training.data.array_source import ArraySource
from training.batches.config import DataConfig
from training.batches.evaluation import evaluation_dataset
from training.data.folder import FolderSource
from training.batches.pipeline import build_epoch, epoch_plan

SMALL = DataConfig(image_size=32, batch_size=11, eval_resize_size=36, eval_image_size=32, labels="one_hot")
MIXED = replace(SMALL, random_erasing=0.5, mixup_alpha=0.2, cutmix_alpha=1.0)
MULTI_SCALE = replace(SMALL, batch_size=4, sampler="multi_scale", image_sizes=(24, 32))


@pytest.mark.parametrize(("interpolation", "antialias"), [("bilinear", False), ("bicubic", True)])
def test_evaluation_equals_the_transform(tmp_path, interpolation, antialias):
    (tmp_path / "china").mkdir()
    photographs = [photo(427, 640), photo(400, 311), photo(288, 288)]
    for number, image in enumerate(photographs):
        (tmp_path / "china" / f"{number}.jpg").write_bytes(encode(image, quality=90))
    config = DataConfig(interpolation=interpolation, antialias=antialias, eval_batch_size=2)
    batches = [images.numpy() for images, *_ in evaluation_dataset(FolderSource(tmp_path), config)]
    assert [images.shape for images in batches] == [(2, 256, 256, 3)] * 2
    transform = EvaluationTransform(288, 256, interpolation, antialias)
    expected = keras.ops.convert_to_numpy(transform([decoded(encode(image, quality=90)) for image in photographs]))
    difference = np.abs(np.concatenate(batches)[:3] - expected)
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.01


@pytest.mark.parametrize("config", [MIXED, MULTI_SCALE], ids=["mixed", "multi-scale"])
def test_fit(config):
    """Two steps and an evaluation of a tiny model, on every backend."""
    source = ArraySource(np.stack([photo(32, 32)] * 22), np.arange(22) % 3, ("a", "b", "c"))
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    steps = len(epoch_plan(len(source), config, 0, 0))
    dataset = build_epoch(source, config, 0, 0, first_step=steps - 2)
    history = model.fit(dataset, validation_data=evaluation_dataset(source, config), shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == 2
    assert np.isfinite([history.history["loss"], history.history["val_loss"]]).all()


def test_padding_changes_no_loss_and_no_metric():
    rng = np.random.default_rng(0)
    source = ArraySource(rng.integers(0, 256, (7, 36, 36, 3), "uint8"), np.arange(7) % 3, ("a", "b", "c"))
    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    model.compile(loss="categorical_crossentropy", weighted_metrics=["accuracy"])
    whole, padded = (
        model.evaluate(evaluation_dataset(source, replace(SMALL, eval_batch_size=size)), verbose=0) for size in (7, 4)
    )
    np.testing.assert_allclose(padded, whole, rtol=1e-6)
