"""The pipeline of segmentation."""

from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.training.augment.draws import photo
from tests.training.data.mask_images import labels
from training.data.array_scenes import ArraySegmentationSource
from training.batches.evaluation import evaluation_dataset
from training.batches.pipeline import build_epoch
from training.batches.segmentation_config import SegmentationDataConfig

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


def numpy_batches(dataset):
    return [(images.numpy(), masks.numpy()) for images, masks in dataset]


@pytest.fixture(scope="module", params=[MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def epoch(request):
    """A configuration, the specification of its batches, and an epoch of them."""
    dataset = build_epoch(source(), request.param, 1, 2, parallel_calls=1)
    return request.param, dataset.element_spec, numpy_batches(dataset)


def test_batches(epoch):
    config, specification, batches = epoch
    assert [spec.shape.as_list() for spec in specification] == [[4, 32, 32, 3], [4, 32, 32]]
    assert len(batches) == 3
    for images, masks in batches:
        assert (images.dtype, masks.dtype) == (np.float32, np.int32)
        assert 0 <= images.min() <= images.max() <= 255
        assert set(np.unique(masks)) <= {*range(21), config.ignore_class}
    assert any(config.ignore_class in masks for _, masks in batches)


@pytest.mark.parametrize(
    "epoch",
    [
        pytest.param(MULTI_HEAD, id="multi-head"),
        pytest.param(SEPARABLE, id="separable", marks=pytest.mark.release),
    ],
    indirect=True,
)
def test_any_first_step_and_any_parallelism_give_the_same(epoch):
    config, _, whole = epoch
    rest = numpy_batches(build_epoch(source(), config, 1, 2, first_step=1, parallel_calls=4))
    assert len(rest) == 2
    for (images, masks), (expected_images, expected_masks) in zip(rest, whole[1:]):
        np.testing.assert_array_equal(images, expected_images)
        np.testing.assert_array_equal(masks, expected_masks)


@pytest.mark.release
def test_epochs_differ():
    (first, _, _), (second, _, _) = (numpy_batches(build_epoch(source(), MULTI_HEAD, 1, epoch)) for epoch in (0, 1))
    assert np.any(first[0] != second[0])


@pytest.mark.release  # the plan of which is that of test_pipeline.py
def test_replicas_divide_each_step():
    whole, first, second = (
        numpy_batches(build_epoch(source(), MULTI_HEAD, 0, 0, num_replicas=2, replicas=replicas))
        for replicas in (None, range(1), range(1, 2))
    )
    for together, *parts in zip(whole, first, second):
        for kind in range(2):
            np.testing.assert_array_equal(np.concatenate([part[kind] for part in parts]), together[kind])


@pytest.mark.parametrize("config", [replace(MULTI_HEAD, nearest="centre"), GEOMETRY], ids=["multi-head", "separable"])
def test_a_marked_pixel_and_its_label_move_together(config):
    """A bright spot of its own label on black: the spot in the image is where the label is."""
    images, masks = np.zeros((24, 60, 70, 3), "uint8"), np.zeros((24, 60, 70), "uint8")
    for number in range(24):
        part = np.s_[number, 10 + number : 24 + number, 20 + number : 34 + number]
        images[part], masks[part] = 255, 7
    config = replace(config, image_size=48, batch_size=24, max_class_share=None)
    ((found, labelled),) = numpy_batches(build_epoch(ArraySegmentationSource(images, masks, NAMES), config, 0, 0))
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
    ((images, masks), *_) = numpy_batches(build_epoch(given, config, 0, 0))
    np.testing.assert_array_equal(images, given.images[:4])
    np.testing.assert_array_equal(masks, given.masks[:4])


@pytest.mark.parametrize("config", [MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def test_evaluation_squashes(config):
    given = source()
    batches = numpy_batches(evaluation_dataset(given, config))
    assert [len(images) for images, _ in batches] == [4, 4, 4]
    images, masks = (np.concatenate(parts) for parts in zip(*batches))
    for number in range(10):
        image, mask = (Image.fromarray(part[number].numpy()) for part in (given.images, given.masks))
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
    logits = tf.random.stateless_normal([1, 32, 32, 21], (0, 0))
    losses = []
    for size in (2, 4):
        *_, (_, masks) = evaluation_dataset(given, replace(MULTI_HEAD, eval_batch_size=size))
        losses_of_pixels = keras.losses.sparse_categorical_crossentropy(
            masks, tf.repeat(logits, size, axis=0), from_logits=True, ignore_class=255
        )
        losses.append(tf.reduce_sum(losses_of_pixels) / tf.math.count_nonzero(masks != 255, dtype=tf.float32))
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
        evaluation_dataset(source(), replace(MULTI_HEAD).__class__.__mro__[1]())
