import pickle
from dataclasses import replace

import numpy as np
import pytest

from keras_mobilevitv3.demo.digits import load_digits
from training.sources.digit_scenes import (
    LARGE,
    STYLES,
    SceneRenderer,
    digit_scenes_classification_sources,
    digit_scenes_detection_sources,
    digit_scenes_segmentation_sources,
)
from training.sources.scene_photographs import TEST_PHOTOGRAPHS, TRAIN_PHOTOGRAPHS, load_photographs


def test_photographs():
    assert not set(TRAIN_PHOTOGRAPHS) & set(TEST_PHOTOGRAPHS)
    for image in load_photographs((*TRAIN_PHOTOGRAPHS, *TEST_PHOTOGRAPHS)):
        assert (image.dtype, image.shape[2]) == (np.uint8, 3)
        assert min(image.shape[:2]) >= 300
        assert image.std() > 20


def test_scenes_depend_on_their_number_only():
    renderer = SceneRenderer("train", 96)
    for first, second in zip(renderer(3), SceneRenderer("train", 96)(3)):
        np.testing.assert_array_equal(first, second)
    for other in (SceneRenderer("train", 96, seed=1), SceneRenderer("test", 96)):
        assert np.any(renderer(3).image != other(3).image)
    assert np.any(renderer(3).image != renderer(4).image)


def test_other_digits_and_photographs_to_test_on():
    train, test = SceneRenderer("train"), SceneRenderer("test")
    digits = load_digits()
    np.testing.assert_array_equal(train.digits, digits.train_images[..., 0])
    np.testing.assert_array_equal(test.digits, digits.test_images[..., 0])
    for image in train.photographs:
        assert not any(np.array_equal(image, other) for other in test.photographs)


def test_digits_are_large_enough_to_see():
    renderer = SceneRenderer("test", 96)
    boxes = np.concatenate([renderer(number).boxes for number in range(60)])
    assert (boxes[:, 3] - boxes[:, 1]).min() >= 16


def test_sources():
    arguments = {"size": 96, "train_count": 6, "test_count": 3}
    masks, boxes = digit_scenes_segmentation_sources(**arguments), digit_scenes_detection_sources(**arguments)
    assert [len(source) for source in (*masks, *boxes)] == [6, 3, 6, 3]
    assert masks[0].class_names == ("background", *boxes[0].class_names)
    assert masks[1].renderer.style == replace(STYLES["test"], scale=LARGE)
    for number, (of_masks, of_boxes) in enumerate(zip(masks[1].references(), boxes[1].references())):
        expected = masks[1].renderer(number)
        for found, values in zip(masks[1].load(of_masks), (expected.image, expected.mask)):
            np.testing.assert_array_equal(found, values)
        expected = SceneRenderer("test", 96)(number)
        for found, values in zip(boxes[1].load(of_boxes), (expected.image, expected.boxes, expected.labels)):
            np.testing.assert_array_equal(found, values)


def test_one_digit_to_classify():
    """The scene has the digit of its label, and no other."""
    source, _ = digit_scenes_classification_sources(size=64, train_count=2000, test_count=1)
    labels = load_digits().train_labels
    for number in source.references(0, 3)[:5]:
        image, label = source.load(number)
        assert label == labels[number % len(labels)]
        scene = source.renderer(number, number % len(labels))
        assert scene.labels.tolist() == [label]
        np.testing.assert_array_equal(image, scene.image)


@pytest.mark.parametrize(
    "sources",
    [digit_scenes_classification_sources, digit_scenes_segmentation_sources, digit_scenes_detection_sources],
)
def test_other_scenes_in_each_epoch(sources):
    source, _ = sources(size=64, train_count=6, test_count=1)

    def numbers(*arguments):
        return source.references(*arguments).tolist()

    assert numbers() == list(range(6))
    assert sorted(numbers(1, 0)) == list(range(6)) and sorted(numbers(1, 2)) == list(range(12, 18))
    assert numbers(1, 2) == numbers(1, 2) != numbers(2, 2)


def test_worker_processes_render_the_same_scenes():
    source, _ = digit_scenes_detection_sources(size=64, train_count=6, test_count=1)
    for found, expected in zip(pickle.loads(pickle.dumps(source)).load(5), source.load(5)):
        np.testing.assert_array_equal(found, expected)


def test_ground_truth():
    _, source = digit_scenes_detection_sources(size=96, train_count=1, test_count=4)
    truth = source.to_coco()
    areas = [area for number in range(4) for area in SceneRenderer("test", 96)(number).areas]
    assert [each["area"] for each in truth["annotations"]] == areas
    assert [each["name"] for each in truth["categories"]] == list("0123456789")


def test_bad_split():
    with pytest.raises(ValueError, match=r"`split` must be one of \['train', 'test'\]. Received: split='val'"):
        SceneRenderer("val")
