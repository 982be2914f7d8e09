import logging

import numpy as np
import pytest
import tensorflow as tf

from training.data.corrupt_images import CorruptImages, CorruptImagesError


def test_each_image_counts_and_is_logged_once(caplog):
    corrupt = CorruptImages(300)
    with caplog.at_level(logging.WARNING):
        corrupt.add([b"a.jpg", "b.jpg"])
        corrupt.add([b"a.jpg"])
    assert len(corrupt) == 2
    assert corrupt.names == {"a.jpg", "b.jpg"}
    assert [record.getMessage() for record in caplog.records] == [
        "Skipped an image that cannot be read: a.jpg",
        "Skipped an image that cannot be read: b.jpg",
    ]


def test_more_than_one_percent_stops():
    corrupt = CorruptImages(200)
    corrupt.add(["a", "b"])  # 1 %
    corrupt.check()
    with pytest.raises(CorruptImagesError, match="3 of 200 images cannot be read, more than 1%.* Among them: a, b, c"):
        corrupt.add(["c"])
    with pytest.raises(CorruptImagesError):
        corrupt.check()


def test_in_a_graph():
    corrupt = CorruptImages(10, max_share=0.5)
    names = tf.constant(["a", "b", "c", "d"])
    batches = tf.data.Dataset.from_tensor_slices(np.array([[0, 1, 2, 3]]))
    for _ in batches.map(lambda found: corrupt.add_missing(names, found)):
        assert not corrupt.names
    for _ in batches.map(lambda found: corrupt.add_missing(names, found[1:3])):
        assert corrupt.names == {"a", "d"}
    with pytest.raises(tf.errors.OpError, match="6 of 10 images cannot be read, more than 50%"):
        list(batches.map(lambda found: corrupt.add_missing(tf.constant(list("efgh")), found[:0])))


@pytest.mark.parametrize("arguments", [(0,), (10, 1.5), (10, -0.1)])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="Received"):
        CorruptImages(*arguments)
