from dataclasses import replace

import numpy as np
import pytest

from keras_mobilevitv3.preprocessing import EvaluationTransform
from tests.training.augment.draws import photo
from tests.training.batches.sources import DamagedSource, levels
from training.batches.config import DataConfig
from training.batches.corrupt_images import CorruptImages, CorruptImagesError
from training.batches.evaluation import build_evaluation
from training.sources.array_source import ArraySource

SMALL = DataConfig(eval_resize_size=36, eval_image_size=32, eval_batch_size=4)


def evaluate(source, config=SMALL, *arguments, **options):
    """Levels, labels and weights of each batch."""
    batches = build_evaluation(source, config, *arguments, **options)
    found = list(batches)
    assert len(found) == len(batches)
    return [(images[:, 0, 0, 0].tolist(), labels.tolist(), weights.tolist()) for images, labels, weights in found]


def test_each_image_once_in_full_batches():
    weight = pytest.approx(12 / 10)
    assert evaluate(levels(10, first=1)) == [
        ([1, 2, 3, 4], [0, 1, 2, 0], [weight] * 4),
        ([5, 6, 7, 8], [1, 2, 0, 1], [weight] * 4),
        ([9, 10, 0, 0], [2, 0, 0, 0], [weight, weight, 0, 0]),
    ]


def test_replicas_divide_each_step():
    config = replace(SMALL, eval_batch_size=2)
    whole = evaluate(levels(9, first=1), config, 3)
    parts = [evaluate(levels(9, first=1), config, 3, range(replica, replica + 1)) for replica in range(3)]
    assert [len(part) for part in parts] == [2, 2, 2]
    for step, together in enumerate(whole):
        for kind in range(3):
            assert sum((part[step][kind] for part in parts), start=[]) == together[kind]
    assert [part[0][0] for part in parts] == [[1, 4], [2, 5], [3, 6]]
    for part in parts:  # three images are left for the last step
        weight, none = part[1][2]
        assert weight > 0 and none == 0


def test_a_replica_without_an_image():
    assert evaluate(levels(1, first=1), SMALL, 2, range(1, 2)) == [([0] * 4, [0] * 4, [0] * 4)]


def test_trial_of_a_few_steps():
    assert evaluate(levels(10), replace(SMALL, max_steps=2)) == evaluate(levels(8))


def test_soft_labels():
    ((_, labels, _),) = build_evaluation(levels(4), replace(SMALL, labels="one_hot"))
    np.testing.assert_array_equal(labels, np.eye(3)[[0, 1, 2, 0]])


@pytest.mark.parametrize(("interpolation", "antialias"), [("bilinear", False), ("bicubic", True)])
def test_images_are_those_of_the_transform(interpolation, antialias):
    source = ArraySource(photo(311, 400)[None], [0], ("a",))
    ((images, *_),) = build_evaluation(source, DataConfig(interpolation=interpolation, antialias=antialias))
    transform = EvaluationTransform(288, 256, interpolation, antialias)
    np.testing.assert_array_equal(images[0], transform(source.images[0]))


def test_damaged_images_are_black_and_have_no_weight():
    corrupt = CorruptImages(9, max_share=0.5)
    batches = evaluate(DamagedSource(levels(9, first=1), damaged=(3, 5)), SMALL, corrupt=corrupt)
    assert [images for images, *_ in batches] == [[1, 2, 3, 0], [5, 0, 7, 8], [9, 0, 0, 0]]
    for images, _, weights in batches:
        assert [weight > 0 for weight in weights] == [level > 0 for level in images]
    assert corrupt.names == {"3", "5"}


def test_batch_without_a_single_image():
    with pytest.raises(CorruptImagesError, match="No image of a batch can be read"):
        evaluate(DamagedSource(levels(1), damaged=(0,)), replace(SMALL, max_corrupt_share=1.0))
