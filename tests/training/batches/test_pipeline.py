import logging
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.augment.draws import photo
from tests.training.data.image_files import decoded, spoilt_folder, write_folder
from training.augment.random_resized_crop import sample_crop
from training.data.array_source import ArraySource
from training.batches.config import DataConfig
from training.batches.corrupt_images import CorruptImages, CorruptImagesError
from training.data.folder import FolderSource
from training.batches.pipeline import build_epoch, epoch_plan

SMALL = DataConfig(image_size=32, batch_size=4, eval_resize_size=36, eval_image_size=32, eval_batch_size=4)
PLAIN = replace(SMALL, random_crop=False, horizontal_flip=0.0)
EVERYTHING = replace(
    SMALL,
    interpolation="bicubic",
    antialias=True,
    rand_augment_operations=1,
    random_erasing=0.5,
    mixup_alpha=0.2,
    cutmix_alpha=1.0,
    labels="one_hot",
)
MIXED = replace(EVERYTHING, rand_augment_operations=0)
MULTI_SCALE = replace(SMALL, sampler="multi_scale", image_sizes=(24, 32, 40))


def levels(count=22, size=32):
    """Images each of its own level, so that they are known again after a crop."""
    images = np.zeros((count, size, size, 3), "uint8") + np.arange(count, dtype="uint8")[:, None, None, None]
    return ArraySource(images, np.arange(count) % 3, ("a", "b", "c"))


def numpy_batches(dataset):
    return [tuple(part.numpy() for part in batch) for batch in dataset]


def assert_same(batches, expected):
    assert len(batches) == len(expected)
    for batch, other in zip(batches, expected):
        for part, other_part in zip(batch, other):
            np.testing.assert_array_equal(part, other_part)


def first_levels(batches):
    return [images[:, 0, 0, 0].astype(int).tolist() for images, _ in batches]


@pytest.mark.parametrize("config", [PLAIN, MULTI_SCALE], ids=["fixed", "multi-scale"])
def test_batches_follow_the_plan(config):
    source = levels()
    plan = epoch_plan(22, config, seed=5, epoch=2)
    batches = numpy_batches(build_epoch(source, config, seed=5, epoch=2))
    order = first_levels(numpy_batches(build_epoch(source, replace(PLAIN, batch_size=22), 5, 2)))[0]
    assert sorted(order) == list(range(22))
    assert first_levels(batches) == [plan.indices(step, np.array(order)).tolist() for step in range(len(plan))]
    for (images, labels), size in zip(batches, plan.sizes):
        assert images.shape[1:] == (size, size, 3)
        assert (images.dtype, labels.dtype) == (np.float32, np.int32)
        np.testing.assert_array_equal(labels, images[:, 0, 0, 0] % 3)


def test_order_without_shuffling():
    config = replace(PLAIN, shuffle=False, last_batch="partial", batch_size=10)
    assert first_levels(build_epoch_numpy(config)) == [list(range(10)), list(range(10, 20)), [20, 21]]


def build_epoch_numpy(config, source=None, **arguments):
    return numpy_batches(build_epoch(source or levels(), config, **{"seed": 0, "epoch": 0, **arguments}))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(EVERYTHING, id="everything"),
        pytest.param(MIXED, id="mixed"),
        pytest.param(MULTI_SCALE, id="multi-scale"),
    ],
)
@pytest.mark.release
def test_any_first_step_and_any_parallelism_give_the_same(tmp_path, config):
    write_folder(tmp_path, 8)
    source = FolderSource(tmp_path)
    whole = build_epoch_numpy(config, source, parallel_calls=1)
    dataset = build_epoch(source, config, 0, 0, first_step=2, parallel_calls=4)
    assert dataset.cardinality() == len(whole) - 2
    assert_same(numpy_batches(dataset), whole[2:])


@pytest.mark.release
def test_epochs_and_seeds_differ(tmp_path):
    source = levels()
    orders = {
        str(first_levels(build_epoch_numpy(PLAIN, source, seed=seed, epoch=epoch)))
        for seed, epoch in ((0, 0), (0, 1), (1, 0))
    }
    assert len(orders) == 3
    photographs = ArraySource(np.stack([photo(32, 32)] * 4), [0] * 4, ("a",))
    ((first, _),), ((second, _),) = (build_epoch_numpy(SMALL, photographs, epoch=epoch) for epoch in (0, 1))
    assert np.any(first != second, axis=(1, 2, 3)).all()
    assert np.any(first[0] != first[1])  # nor are two samples augmented alike


@pytest.mark.release
def test_two_of_three_replicas_make_one_part():
    (first, *_), (both, *_) = (
        build_epoch_numpy(PLAIN, num_replicas=3, replicas=replicas) for replicas in (range(1, 2), range(1, 3))
    )
    assert len(both[1]) == 2 * len(first[1])
    np.testing.assert_array_equal(both[0][: len(first[0])], first[0])


@pytest.mark.release
def test_trial_of_a_few_steps():
    whole, few = build_epoch_numpy(MULTI_SCALE), build_epoch_numpy(replace(MULTI_SCALE, max_steps=2))
    assert len(few) == 2
    assert_same(few, whole[:2])


def test_nothing_left_of_the_epoch():
    assert build_epoch_numpy(PLAIN, first_step=6) == []


@pytest.mark.release
def test_global_random_state_does_not_matter(tmp_path):
    write_folder(tmp_path, 2)
    expected = build_epoch_numpy(MIXED, FolderSource(tmp_path))
    keras.utils.set_random_seed(77)
    assert_same(build_epoch_numpy(MIXED, FolderSource(tmp_path)), expected)


@pytest.mark.parametrize(
    "config",
    [pytest.param(SMALL, id="fixed", marks=pytest.mark.release), pytest.param(MULTI_SCALE, id="multi-scale")],
)
def test_replicas_divide_each_step(config):
    source = ArraySource(np.stack([photo(32, 32)] * 22), np.arange(22) % 3, ("a", "b", "c"))
    whole = build_epoch_numpy(config, source, num_replicas=2)
    parts = [
        build_epoch_numpy(config, source, num_replicas=2, replicas=range(replica, replica + 1)) for replica in range(2)
    ]
    for first, second, together in zip(*parts, whole, strict=True):
        assert first[0].shape == second[0].shape
        np.testing.assert_array_equal(np.concatenate([first[0], second[0]]), together[0])
        np.testing.assert_array_equal(np.concatenate([first[1], second[1]]), together[1])


def test_crop_is_the_drawn_one(tmp_path):
    """The box of a sample is drawn from the seed, the epoch and the position, before decoding."""
    image = photo(57, 72)
    source = ArraySource(image[None], [0], ("a",))
    config = replace(SMALL, batch_size=3, horizontal_flip=0.0)
    ((images, _),) = build_epoch_numpy(config, source, seed=9, epoch=4)
    sample_seed = tf.random.split(tf.constant([9, 4], tf.int64), 2)[0]
    for position in range(3):
        seeds = tf.random.split(tf.random.fold_in(sample_seed, tf.constant(position, tf.int64)), 4)
        top, left, height, width = sample_crop(seeds[0], 57, 72).numpy()
        part = image[top : top + height, left : left + width].astype("float32")
        expected = tf.image.resize(part, (32, 32)).numpy()
        assert np.abs(images[position] - expected).max() <= 0.51


@pytest.mark.release
def test_fused_decoding_gives_the_crop_of_the_decoded_image(tmp_path):
    (path,) = write_folder(tmp_path, 1, (171, 230), classes=("china",))
    fused = build_epoch_numpy(SMALL, FolderSource(tmp_path))
    plain = build_epoch_numpy(SMALL, ArraySource(decoded(path.read_bytes())[None], [0], ("china",)))
    difference = np.abs(fused[0][0] - plain[0][0])
    assert np.mean(difference > 1) < 0.05  # the chroma at the border of a box
    assert difference.mean() < 0.2


@pytest.mark.release
def test_soft_labels():
    ((images, labels),) = build_epoch_numpy(replace(PLAIN, labels="one_hot", batch_size=22))
    np.testing.assert_array_equal(labels, np.eye(3)[images[:, 0, 0, 0].astype(int) % 3])
    mixed = np.concatenate([labels for _, labels in build_epoch_numpy(MIXED)])
    np.testing.assert_allclose(mixed.sum(axis=1), 1.0, atol=1e-6)


def test_static_shapes():
    images, labels = build_epoch(levels(), SMALL, 0, 0).element_spec
    assert (images.shape, labels.shape) == ((4, 32, 32, 3), (4,))
    images, labels = build_epoch(levels(), replace(MULTI_SCALE, labels="one_hot"), 0, 0).element_spec
    assert (images.shape.as_list(), labels.shape.as_list()) == ([None, None, None, 3], [None, 3])


@pytest.mark.parametrize(
    "config", [pytest.param(PLAIN, id="fixed"), pytest.param(MULTI_SCALE, id="multi-scale", marks=pytest.mark.release)]
)
def test_corrupt_images_are_skipped_counted_and_named(tmp_path, caplog, config):
    source, names = spoilt_folder(tmp_path, 16)
    corrupt = CorruptImages(len(source), max_share=0.2)
    with caplog.at_level(logging.WARNING):
        batches = build_epoch_numpy(replace(config, batch_size=8), source, corrupt=corrupt)
        assert_same(build_epoch_numpy(replace(config, batch_size=8), source, corrupt=corrupt), batches)
    assert corrupt.names == names
    assert {record.getMessage().split(": ")[1] for record in caplog.records} == names
    for images, _ in batches:
        assert (images.max(axis=(1, 2, 3)) > 0).all()


def test_place_of_a_corrupt_image_goes_to_the_one_before(tmp_path):
    source, _ = spoilt_folder(tmp_path, 8)
    config = replace(PLAIN, shuffle=False, batch_size=8, max_corrupt_share=0.5)
    ((images, labels),) = build_epoch_numpy(config, source)
    assert len(labels) == 8
    np.testing.assert_array_equal(images[3], images[2])
    np.testing.assert_array_equal(images[5], images[4])
    assert all(np.any(images[first] != images[second]) for first, second in ((0, 1), (1, 2), (4, 6), (6, 7)))


def test_more_than_one_percent_stops_the_run(tmp_path):
    source, _ = spoilt_folder(tmp_path, 16)
    corrupt = CorruptImages(len(source))
    with pytest.raises(tf.errors.OpError, match="of 16 images cannot be read, more than 1%: check the data set"):
        build_epoch_numpy(PLAIN, source, corrupt=corrupt)
    with pytest.raises(CorruptImagesError):
        corrupt.check()


@pytest.mark.release
def test_batch_without_a_single_image(tmp_path):
    (path,) = write_folder(tmp_path, 1, (8, 8), classes=("china",))
    path.write_bytes(b"")
    with pytest.raises(tf.errors.InvalidArgumentError, match="No image of a batch can be read"):
        build_epoch_numpy(replace(PLAIN, max_corrupt_share=1.0), FolderSource(tmp_path))


@pytest.mark.parametrize(
    "arguments", [{"first_step": 7}, {"first_step": -1}, {"num_replicas": 2, "replicas": range(1, 3)}]
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match=r"must be in \[0, .*Received: "):
        build_epoch(levels(), SMALL, 0, 0, **arguments)
