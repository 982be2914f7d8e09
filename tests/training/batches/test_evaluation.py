from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tests.training.data.image_files import spoilt_folder, write_folder
from training.data.array_source import ArraySource
from training.batches.config import DataConfig
from training.batches.corrupt_images import CorruptImages
from training.batches.evaluation import evaluation_dataset
from training.data.folder import FolderSource

SMALL = DataConfig(eval_resize_size=36, eval_image_size=32, eval_batch_size=4)


def levels(count):
    """Images each of its own level, from 1."""
    images = np.zeros((count, 32, 32, 3), "uint8") + np.arange(1, count + 1, dtype="uint8")[:, None, None, None]
    return ArraySource(images, np.arange(count) % 3, ("a", "b", "c"))


def evaluate(source, config=SMALL, *arguments, **options):
    """Levels, labels and weights of each batch."""
    dataset = evaluation_dataset(source, config, *arguments, **options)
    batches = [tuple(part.numpy() for part in batch) for batch in dataset]
    assert len(batches) == dataset.cardinality()
    return [(images[:, 0, 0, 0].tolist(), labels.tolist(), weights.tolist()) for images, labels, weights in batches]


def test_each_image_once_in_full_batches():
    weight = pytest.approx(12 / 10)
    assert evaluate(levels(10)) == [
        ([1, 2, 3, 4], [0, 1, 2, 0], [weight] * 4),
        ([5, 6, 7, 8], [1, 2, 0, 1], [weight] * 4),
        ([9, 10, 0, 0], [2, 0, 0, 0], [weight, weight, 0, 0]),
    ]


def test_replicas_divide_each_step():
    config = replace(SMALL, eval_batch_size=2)
    whole = evaluate(levels(9), config, 3)
    parts = [evaluate(levels(9), config, 3, range(replica, replica + 1)) for replica in range(3)]
    assert [len(part) for part in parts] == [2, 2, 2]
    for step, together in enumerate(whole):
        for kind in range(3):
            assert sum((part[step][kind] for part in parts), start=[]) == together[kind]
    for part in parts:  # three images are left for the last step
        weight, none = part[1][2]
        assert weight > 0 and none == 0


def test_trial_of_a_few_steps():
    assert evaluate(levels(10), replace(SMALL, max_steps=2)) == evaluate(levels(8))


def test_soft_labels():
    ((_, labels, _),) = evaluation_dataset(levels(4), replace(SMALL, labels="one_hot"))
    np.testing.assert_array_equal(labels, np.eye(3)[[0, 1, 2, 0]])


def test_corrupt_images_have_no_weight(tmp_path):
    source, names = spoilt_folder(tmp_path, 9)
    corrupt = CorruptImages(9, max_share=0.5)
    batches = evaluate(source, SMALL, corrupt=corrupt)
    assert [[weight > 0 for weight in weights] for _, _, weights in batches] == [
        [True, True, True, False],
        [True, True, True, False],
        [True, False, False, False],
    ]
    assert corrupt.names == names


def test_batch_without_a_single_image(tmp_path):
    (path,) = write_folder(tmp_path, 1, (8, 8), classes=("china",))
    path.write_bytes(b"")
    with pytest.raises(tf.errors.InvalidArgumentError, match="No image of a batch can be read"):
        evaluate(FolderSource(tmp_path), replace(SMALL, max_corrupt_share=1.0))
