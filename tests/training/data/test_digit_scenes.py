import keras
import numpy as np
import pytest

from keras_mobilevitv3.demo.digits import load_digits
from training.data import digit_scenes
from training.data.digit_scenes import (
    digit_scenes_detection_sources,
    digit_scenes_segmentation_sources,
    render_digit_scenes,
)
from training.data.scene_photographs import TEST_PHOTOGRAPHS, TRAIN_PHOTOGRAPHS, load_photographs

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow only, on every backend")


def test_photographs():
    assert not set(TRAIN_PHOTOGRAPHS) & set(TEST_PHOTOGRAPHS)
    for image in load_photographs((*TRAIN_PHOTOGRAPHS, *TEST_PHOTOGRAPHS)):
        assert (image.dtype, image.shape[2]) == (np.uint8, 3)
        assert min(image.shape[:2]) >= 300
        assert image.std() > 20


def test_scenes_depend_on_their_number_only():
    few, more = (render_digit_scenes("train", count, 96) for count in (2, 5))
    for scene, same in zip(few, more):
        np.testing.assert_array_equal(scene.image, same.image)
    assert np.any(more[0].image != render_digit_scenes("train", 1, 96, seed=1)[0].image)
    assert np.any(more[0].image != render_digit_scenes("test", 1, 96)[0].image)


def test_other_digits_and_photographs_to_test_on(monkeypatch):
    seen = []
    monkeypatch.setattr(digit_scenes, "render_scene", lambda *arguments: seen.append(arguments))
    for split in ("train", "test"):
        render_digit_scenes(split, 1)
    (_, _, train_photographs, train_digits, _, _), (_, _, test_photographs, test_digits, _, _) = seen
    digits = load_digits()
    np.testing.assert_array_equal(train_digits, digits.train_images[..., 0])
    np.testing.assert_array_equal(test_digits, digits.test_images[..., 0])
    for image in train_photographs:
        assert not any(np.array_equal(image, other) for other in test_photographs)


def test_digits_are_large_enough_to_see():
    boxes = np.concatenate([scene.boxes for scene in render_digit_scenes("test", 60, 96)])
    assert (boxes[:, 3] - boxes[:, 1]).min() >= 16


def test_sources():
    arguments = {"size": 96, "train_count": 6, "test_count": 3}
    masks, boxes = digit_scenes_segmentation_sources(**arguments), digit_scenes_detection_sources(**arguments)
    assert [len(source) for source in (*masks, *boxes)] == [6, 3, 6, 3]
    assert masks[0].class_names == ("background", *boxes[0].class_names)
    for of_masks, of_boxes in zip(masks[1].references(), boxes[1].references()):
        (image, mask), (same, found, labels) = masks[1].load(of_masks), boxes[1].load(of_boxes)
        np.testing.assert_array_equal(image, same)
        for box, label in zip(found.numpy().astype(int), labels.numpy()):
            assert np.any(mask.numpy()[box[1] : box[3], box[0] : box[2]] == label + 1)


def test_ground_truth():
    _, source = digit_scenes_detection_sources(size=96, train_count=1, test_count=4)
    truth = source.to_coco()
    scenes = render_digit_scenes("test", 4, 96)
    assert [each["area"] for each in truth["annotations"]] == [area for scene in scenes for area in scene.areas]
    assert [each["name"] for each in truth["categories"]] == list("0123456789")


def test_bad_split():
    with pytest.raises(ValueError, match=r"`split` must be one of \['train', 'test'\]. Received: split='val'"):
        render_digit_scenes("val", 1)
