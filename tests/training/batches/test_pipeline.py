import logging
from dataclasses import replace

import numpy as np
import pytest

from tests.training.augment.draws import photo
from tests.training.batches.sources import DamagedSource, assert_same, levels
from training.augment.random_resized_crop import random_resized_crop
from training.batches.config import DataConfig
from training.batches.corrupt_images import CorruptImages, CorruptImagesError
from training.batches.pipeline import build_epoch, epoch_plan
from training.sources.array_source import ArraySource

SMALL = DataConfig(image_size=32, batch_size=4, eval_resize_size=36, eval_image_size=32, eval_batch_size=4)
PLAIN = replace(SMALL, random_crop=False, horizontal_flip=0.0)
EVERYTHING = replace(
    SMALL,
    interpolation="bicubic",
    antialias=True,
    rand_augment_operations=2,
    random_erasing=0.5,
    mixup_alpha=0.2,
    cutmix_alpha=1.0,
    labels="one_hot",
)
MULTI_SCALE = replace(SMALL, sampler="multi_scale", image_sizes=(24, 32, 40))


def photographs(count=22):
    """Parts of a photograph, a little apart."""
    images = [np.roll(photo(57, 72), 3 * number, axis=1) for number in range(count)]
    return ArraySource(np.stack(images), np.arange(count) % 3, ("a", "b", "c"))


def epoch_of(config, source=None, **arguments):
    return list(build_epoch(source or levels(), config, **{"seed": 0, "epoch": 0, **arguments}))


def first_levels(batches):
    return [images[:, 0, 0, 0].astype(int).tolist() for images, _ in batches]


@pytest.mark.parametrize("config", [PLAIN, MULTI_SCALE], ids=["fixed", "multi-scale"])
def test_batches_follow_the_plan(config):
    plan = epoch_plan(22, config, seed=5, epoch=2)
    batches = epoch_of(config, seed=5, epoch=2)
    order = levels().references(5, 2)
    assert sorted(order) == list(range(22))
    assert first_levels(batches) == [plan.indices(step, order).tolist() for step in range(len(plan))]
    for (images, labels), size in zip(batches, plan.sizes):
        assert images.shape[1:] == (size, size, 3)
        assert (images.dtype, labels.dtype) == (np.float32, np.int32)
        np.testing.assert_array_equal(labels, images[:, 0, 0, 0] % 3)


def test_order_without_shuffling():
    config = replace(PLAIN, shuffle=False, last_batch="partial", batch_size=10)
    assert first_levels(epoch_of(config)) == [list(range(10)), list(range(10, 20)), [20, 21]]


@pytest.mark.parametrize(
    "config", [pytest.param(EVERYTHING, id="everything"), pytest.param(MULTI_SCALE, id="multi-scale")]
)
def test_any_first_step_and_any_threads_give_the_same(config):
    source = photographs()
    whole = epoch_of(config, source, threads=0)
    rest = build_epoch(source, config, 0, 0, first_step=2, threads=3)
    assert len(rest) == len(whole) - 2
    assert_same(rest, whole[2:])


def test_processes_give_the_same():
    assert_same(epoch_of(EVERYTHING, photographs(8), workers=2), epoch_of(EVERYTHING, photographs(8)))


def test_epochs_and_seeds_differ():
    runs = ((0, 0), (0, 1), (1, 0))
    assert len({str(first_levels(epoch_of(PLAIN, seed=seed, epoch=epoch))) for seed, epoch in runs}) == 3
    source = ArraySource(np.stack([photo(32, 32)] * 4), [0] * 4, ("a",))
    ((first, _),), ((second, _),) = (epoch_of(SMALL, source, epoch=epoch) for epoch in (0, 1))
    assert np.any(first != second, axis=(1, 2, 3)).all()
    assert np.any(first[0] != first[1])  # nor are two samples augmented alike


def test_two_of_three_replicas_make_one_part():
    (first, *_), (both, *_) = (
        epoch_of(PLAIN, num_replicas=3, replicas=replicas) for replicas in (range(1, 2), range(1, 3))
    )
    assert len(both[1]) == 2 * len(first[1])
    np.testing.assert_array_equal(both[0][: len(first[0])], first[0])


def test_trial_of_a_few_steps():
    assert_same(epoch_of(replace(MULTI_SCALE, max_steps=2)), epoch_of(MULTI_SCALE)[:2])


def test_nothing_left_of_the_epoch():
    assert epoch_of(PLAIN, first_step=6) == []


@pytest.mark.parametrize("config", [SMALL, MULTI_SCALE], ids=["fixed", "multi-scale"])
def test_replicas_divide_each_step(config):
    source = photographs()
    whole = epoch_of(config, source, num_replicas=2)
    parts = [epoch_of(config, source, num_replicas=2, replicas=range(first, first + 1)) for first in range(2)]
    for first, second, together in zip(*parts, whole, strict=True):
        assert first[0].shape == second[0].shape
        assert_same([[np.concatenate(pair) for pair in zip(first, second)]], [together])


def test_a_sample_is_augmented_by_its_seed_epoch_and_position():
    source = ArraySource(photo(57, 72)[None], [0], ("a",))
    ((images, _),) = epoch_of(replace(SMALL, batch_size=3, horizontal_flip=0.0), source, seed=9, epoch=4)
    for position, image in enumerate(images):
        expected = random_resized_crop(source.images[0], np.random.default_rng([9, 4, position, 1]), (32, 32))
        np.testing.assert_array_equal(image, expected)


def test_soft_labels():
    ((images, labels),) = epoch_of(replace(PLAIN, labels="one_hot", batch_size=22))
    np.testing.assert_array_equal(labels, np.eye(3)[images[:, 0, 0, 0].astype(int) % 3])
    mixed = np.concatenate([labels for _, labels in epoch_of(EVERYTHING)])
    np.testing.assert_allclose(mixed.sum(axis=1), 1.0, atol=1e-6)
    assert ((mixed > 0) & (mixed < 1)).any()


class SeveralLabels(ArraySource):
    def load(self, reference):
        image, label = super().load(reference)
        return image, np.array([1, label == 1, label == 2], "float32")


def test_several_labels_of_an_image():
    source = levels(4)
    source = SeveralLabels(source.images, source.labels, source.class_names)
    ((_, labels),) = epoch_of(replace(PLAIN, shuffle=False, labels="several"), source)
    assert labels.tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="`data.labels` must be 'several' .*Received: labels='one_hot'"):
        epoch_of(replace(PLAIN, labels="one_hot"), source)


@pytest.mark.parametrize(
    ("config", "batch_size", "image_size"),
    [
        (SMALL, 4, 32),
        (replace(SMALL, last_batch="partial"), None, 32),
        (replace(MULTI_SCALE, labels="one_hot"), None, None),
    ],
)
def test_what_all_batches_share(config, batch_size, image_size):
    batches = build_epoch(levels(), config, 0, 0)
    assert (batches.batch_size, batches.image_size) == (batch_size, image_size)
    for part, example in zip(next(iter(batches)), batches.example, strict=True):
        assert (part.dtype, part.ndim) == (example.dtype, example.ndim)
        assert part.shape[-1] == example.shape[-1] or part.ndim == 1


@pytest.mark.parametrize("config", [PLAIN, MULTI_SCALE], ids=["fixed", "multi-scale"])
def test_damaged_images_are_skipped_counted_and_named(caplog, config):
    source = DamagedSource(levels(16, first=1), damaged=(3, 5))
    corrupt = CorruptImages(len(source), max_share=0.2)
    with caplog.at_level(logging.WARNING):
        batches = epoch_of(replace(config, batch_size=8), source, corrupt=corrupt)
        assert_same(epoch_of(replace(config, batch_size=8), source, corrupt=corrupt), batches)
    assert corrupt.names == {"3", "5"}
    assert sorted(record.getMessage() for record in caplog.records) == [
        f"Skipped {name}, which cannot be read: {name} is damaged" for name in ("3", "5")
    ]
    assert not {4, 6} & {level for step in first_levels(batches) for level in step}


def test_place_of_a_damaged_image_goes_to_the_one_before():
    config = replace(PLAIN, shuffle=False, batch_size=8, max_corrupt_share=0.5)
    ((images, labels),) = epoch_of(config, DamagedSource(levels(8), damaged=(0, 3, 4)))
    assert images[:, 0, 0, 0].tolist() == [7, 1, 2, 2, 2, 5, 6, 7]
    assert labels.tolist() == [1, 1, 2, 2, 2, 2, 0, 1]


def test_more_than_one_percent_stops_the_run():
    with pytest.raises(CorruptImagesError, match="of 16 images cannot be read, more than 1%: check the data set"):
        epoch_of(PLAIN, DamagedSource(levels(16), damaged=(3, 5)))


def test_batch_without_a_single_image():
    source = DamagedSource(levels(1), damaged=(0,))
    with pytest.raises(CorruptImagesError, match="No image of a batch can be read"):
        epoch_of(replace(PLAIN, max_corrupt_share=1.0), source)


@pytest.mark.parametrize(
    "arguments", [{"first_step": 7}, {"first_step": -1}, {"num_replicas": 2, "replicas": range(1, 3)}]
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match=r"must be in \[0, .*Received: "):
        build_epoch(levels(), SMALL, 0, 0, **arguments)
