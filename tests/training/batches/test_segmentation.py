"""The pipeline of segmentation."""

from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import photo
from tests.training.batches.sources import assert_same
from tests.training.sources.mask_images import labels
from training.batches.evaluation import build_evaluation
from training.batches.pipeline import build_epoch
from training.batches.segmentation_config import SegmentationDataConfig
from training.sources.array_scenes import ArraySegmentationSource

NAMES = [f"class {number}" for number in range(21)]
MULTI_HEAD = SegmentationDataConfig(image_size=32, batch_size=4, eval_batch_size=4, short_side=(24, 80))
SEPARABLE = replace(
    MULTI_HEAD,
    ignore_class=-1,
    interpolation="bicubic",
    antialias=True,
    nearest="centre",
    max_long_side=90,
    crop_padding=True,
    max_class_share=0.75,
    gaussian_blur=0.5,
    color_distortion=True,
    max_rotation=10.0,
)
GEOMETRY = replace(SEPARABLE, gaussian_blur=0.0, color_distortion=False)


def source(count=10, size=(40, 51)):
    masks = np.stack([labels(21, size, number) for number in range(count)])
    masks[:, -3:] = 255
    images = np.stack([np.roll(photo(*size), 7 * number, axis=1) for number in range(count)])
    return ArraySegmentationSource(images, masks, NAMES)


@pytest.fixture(scope="module", params=[MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def epoch(request):
    """A configuration, its batches, and an epoch of them."""
    batches = build_epoch(source(), request.param, 1, 2)
    return request.param, batches, list(batches)


def test_batches(epoch):
    config, described, batches = epoch
    assert (described.batch_size, described.image_size) == (4, 32)
    assert len(batches) == 3
    for images, masks in batches:
        assert (images.dtype, masks.dtype) == (np.float32, np.int32)
        assert (images.shape, masks.shape) == ((4, 32, 32, 3), (4, 32, 32))
        assert 0 <= images.min() <= images.max() <= 255
        assert set(np.unique(masks)) <= {*range(21), config.ignore_class}
    assert any(config.ignore_class in masks for _, masks in batches)


def test_any_first_step_and_any_threads_give_the_same(epoch):
    config, _, whole = epoch
    assert_same(build_epoch(source(), config, 1, 2, first_step=1, threads=0), whole[1:])


@pytest.mark.parametrize("config", [replace(MULTI_HEAD, nearest="centre"), GEOMETRY], ids=["multi-head", "separable"])
def test_a_marked_pixel_and_its_label_move_together(config):
    """A bright spot of its own label on black: the spot in the image is where the label is."""
    images, masks = np.zeros((24, 60, 70, 3), "uint8"), np.zeros((24, 60, 70), "uint8")
    for number in range(24):
        part = np.s_[number, 10 + number : 24 + number, 20 + number : 34 + number]
        images[part], masks[part] = 255, 7
    config = replace(config, image_size=48, batch_size=24, max_class_share=None)
    ((found, labelled),) = build_epoch(ArraySegmentationSource(images, masks, NAMES), config, 0, 0)
    spots = [np.argwhere(each == 7) for each in labelled]
    assert sum(len(spot) > 40 for spot in spots) > 12
    for image, mask, spot in zip(found[..., 0] > 127, labelled == 7, spots):
        if len(spot) > 40:
            assert np.abs(np.argwhere(image).mean(axis=0) - spot.mean(axis=0)).max() < 1.2  # after two resizes
            assert np.count_nonzero(image != mask) < 0.4 * len(spot)
        else:
            assert np.count_nonzero(image) < 60


def test_no_augmentation():
    config = replace(MULTI_HEAD, image_size=40, short_side=None, horizontal_flip=0.0, shuffle=False)
    given = source(size=(40, 40))
    ((images, masks), *_) = build_epoch(given, config, 0, 0)
    np.testing.assert_array_equal(images, given.images[:4])
    np.testing.assert_array_equal(masks, given.masks[:4])


@pytest.mark.parametrize("config", [MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def test_evaluation_squashes(config):
    given = source()
    batches = list(build_evaluation(given, config))
    assert [len(images) for images, _ in batches] == [4, 4, 4]
    images, masks = (np.concatenate(parts) for parts in zip(*batches))
    for number in range(10):
        image, mask = (Image.fromarray(part[number]) for part in (given.images, given.masks))
        if config is SEPARABLE:
            expected = np.asarray(image.resize((32, 32), Image.Resampling.BICUBIC))
            assert np.abs(images[number] - expected).max() <= 2
            expected = np.asarray(mask.resize((32, 32), Image.Resampling.NEAREST))
        else:
            expected = np.asarray(mask)[np.arange(32) * 40 // 32][:, np.arange(32) * 51 // 32]
        expected = np.where(expected == 255, config.ignore_class, expected.astype(int))
        np.testing.assert_array_equal(masks[number], expected)
    assert not images[10:].any()
    assert (masks[10:] == config.ignore_class).all()


def test_padding_changes_no_loss():
    """Of a loss that is a mean over labelled pixels: the last batch has two images and as much as they have."""
    given = source(6)
    logits = np.random.default_rng(0).normal(size=(1, 32, 32, 21)).astype("float32")
    losses = []
    for size in (2, 4):
        *_, (_, masks) = build_evaluation(given, replace(MULTI_HEAD, eval_batch_size=size))
        losses_of_pixels = keras.losses.sparse_categorical_crossentropy(
            masks, np.repeat(logits, size, axis=0), from_logits=True, ignore_class=255
        )
        losses.append(keras.ops.convert_to_numpy(losses_of_pixels).sum() / np.count_nonzero(masks != 255))
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_config_round_trip():
    assert SegmentationDataConfig(**asdict(SEPARABLE)) == SEPARABLE
    assert SEPARABLE.sampler == "fixed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("ignore_class", 0), ("interpolation", "nearest"), ("nearest", "round"), ("last_batch", "fill")),
        *(("image_size", 0), ("max_long_side", 0), ("short_side", (80, 24)), ("batch_size", 1.5)),
        *(("horizontal_flip", 2.0), ("gaussian_blur", -1.0), ("max_class_share", 1.5), ("max_rotation", 200.0)),
    ],
)
def test_bad_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        SegmentationDataConfig(**{name: value})


def test_config_of_no_task():
    with pytest.raises(TypeError, match="`config` must be one of .*DataConfig"):
        build_evaluation(source(), replace(MULTI_HEAD).__class__.__mro__[1]())
