"""Batches of numbers, loaded by threads and by processes."""

import numpy as np
import pytest

from training.batches.batches import Batches
from training.batches.corrupt_images import CorruptImages, CorruptImagesError

EXAMPLE = (np.zeros((1, 4, 4, 3), "float32"), np.zeros(1, "int32"))


def make_batch(step):
    """Images of the level of the step; in step 3 a sample is skipped, and in step 9 all of them."""
    if step == 9:
        return None, [("last", "empty")]
    batch = np.full((2, 4, 4, 3), step, "float32"), np.full(2, step, "int32")
    return batch, [("third", "damaged")] if step == 3 else []


def batches(*steps, corrupt=None, **arguments):
    corrupt = CorruptImages(10, max_share=0.5) if corrupt is None else corrupt
    return Batches(make_batch, range(*steps), EXAMPLE, 2, 4, corrupt, **arguments)


def levels(found):
    return [int(labels[0]) for _, labels in found]


@pytest.mark.parametrize("threads", [0, 1, 3, None])
def test_batches_come_in_order_any_number_of_times(threads):
    found = batches(9, threads=threads)
    assert len(found) == 9
    assert levels(found) == levels(found) == list(range(9))
    for step, (images, labels) in enumerate(found):
        np.testing.assert_array_equal(images, np.full((2, 4, 4, 3), step))
        assert labels.tolist() == [step] * 2


def test_processes_give_the_same_batches_and_errors():
    corrupt = CorruptImages(10, max_share=0.5)
    found = batches(2, 10, corrupt=corrupt, workers=2)
    iterator = iter(found)
    given = [next(iterator) for _ in range(7)]
    assert levels(given) == [2, 3, 4, 5, 6, 7, 8]
    np.testing.assert_array_equal(given[1][0], make_batch(3)[0][0])
    assert corrupt.names == {"third"}
    with pytest.raises(CorruptImagesError, match="No image of a batch can be read: .*Among them: last"):
        next(iterator)


def test_skipped_samples_are_counted_when_their_batch_is_used():
    corrupt = CorruptImages(10, max_share=0.5)
    iterator = iter(batches(9, corrupt=corrupt, threads=2))
    for _ in range(3):
        next(iterator)
    assert not corrupt.names
    next(iterator)
    assert corrupt.names == {"third"}


def test_a_batch_without_samples():
    corrupt = CorruptImages(10, max_share=0.5)
    with pytest.raises(CorruptImagesError, match="No image of a batch can be read"):
        list(batches(8, 10, corrupt=corrupt))
    with pytest.raises(CorruptImagesError, match="No image of a batch can be read"):
        corrupt.check()


def test_no_steps():
    assert list(batches(3, 3)) == []


def test_map():
    doubled = batches(1, 4).map(lambda images, labels: (images, 2 * labels))
    assert len(doubled) == 3
    assert levels(doubled) == [2, 4, 6]
    assert levels(doubled.map(lambda images, labels: (images, labels + 1))) == [3, 5, 7]


@pytest.mark.parametrize("arguments", [{"workers": -1}, {"threads": -1}])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="must be at least 0. Received: "):
        batches(3, **arguments)
