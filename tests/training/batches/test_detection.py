"""The pipeline of detection."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.training.augment.draws import photo
from tests.training.batches.sources import assert_same
from training.batches.detection_config import DetectionDataConfig
from training.batches.evaluation import build_evaluation
from training.batches.pipeline import build_epoch
from training.sources.array_scenes import ArrayDetectionSource

MULTI_HEAD = DetectionDataConfig(image_size=64, batch_size=4, eval_batch_size=4, max_boxes=3)
SEPARABLE = replace(
    MULTI_HEAD,
    interpolation="bicubic",
    antialias=True,
    clip_boxes=True,
    min_crop_size=30,
    color_distortion="pillow",
)
PLAIN = replace(MULTI_HEAD, random_crop=False, color_distortion="none", horizontal_flip=0.0)
HEIGHT, WIDTH = 80, 128
NAMES = ("a", "b", "c")


def source(count=9):
    """Photographs with up to two bright rectangles of a level for each label; boxes around these."""
    rng = np.random.default_rng(0)
    images, boxes, labels = [], [], []
    for number in range(count):
        image = np.roll(photo(HEIGHT, WIDTH) // 8, 5 * number, axis=1)
        boxes.append([])
        labels.append([])
        for left, label in ((8, number % 3), (72, (number + 1) % 3))[: 1 + number % 2]:
            top, height, width = rng.integers(0, 30), rng.integers(30, 50), rng.integers(30, 55)
            image[top : top + height, left : left + width] = 80 * label + 90
            boxes[-1].append([left, top, left + width, top + height])
            labels[-1].append(label)
        images.append(image)
    boxes[4], labels[4] = [], []
    images[4][:] = 0
    return ArrayDetectionSource(np.stack(images), boxes, labels, NAMES)


@pytest.fixture(scope="module", params=[MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def epoch(request):
    """A configuration, its batches, and an epoch of them."""
    batches = build_epoch(source(), request.param, 1, 2)
    return request.param, batches, list(batches)


def test_batches(epoch):
    _, described, batches = epoch
    assert (described.batch_size, described.image_size) == (4, 64)
    assert len(batches) == 3
    for images, targets in batches:
        assert images.shape == (4, 64, 64, 3)
        assert {key: values.shape for key, values in targets.items()} == {"boxes": (4, 3, 4), "labels": (4, 3)}
        assert targets.keys() == described.example[1].keys()
        assert (images.dtype, targets["boxes"].dtype, targets["labels"].dtype) == (np.float32, np.float32, np.int32)
        assert 0 <= images.min() <= images.max() <= 255
        boxes, known = targets["boxes"], targets["labels"] >= 0
        assert not boxes[~known].any()
        assert (boxes[known][:, 2:] > boxes[known][:, :2]).all()
        assert (targets["labels"] <= 2).all()
        assert boxes.max() <= 64 + 1e-4


def test_any_first_step_and_any_threads_give_the_same(epoch):
    config, _, whole = epoch
    assert_same(build_epoch(source(), config, 1, 2, first_step=1, threads=0), whole[1:])


def test_boxes_follow_crop_flip_and_resize():
    """A rectangle of one level is where its box is, whatever was done to the image."""
    config = replace(MULTI_HEAD, color_distortion="none", batch_size=45)
    ((images, targets),) = build_epoch(source(45), config, 0, 0)
    seen = 0
    for image, boxes, labels in zip(images, targets["boxes"], targets["labels"]):
        for box, label in zip(boxes, labels):
            if label >= 0:
                level = np.pad(np.abs(image[..., 0] - (80 * label + 90)) < 4, 3)
                left, top, right, bottom = np.round(box).astype(int) + 3
                assert level[top + 2 : bottom - 2, left + 2 : right - 2].all()
                assert not level[[top - 2, bottom + 1], (left + right) // 2].any()
                assert not level[(top + bottom) // 2, [left - 2, right + 1]].any()
                seen += 1
    assert seen > 30


def test_boxes_in_pixels_of_the_squashed_image():
    given = source()
    ((images, targets), *_) = build_epoch(given, replace(PLAIN, shuffle=False), 0, 0)
    scale = np.array([64 / WIDTH, 64 / HEIGHT] * 2)
    for number in range(4):
        expected = given.boxes[number] * scale
        np.testing.assert_allclose(targets["boxes"][number, : len(expected)], expected, rtol=1e-6)
        assert targets["labels"][number].tolist() == [*given.labels[number], -1, -1, -1][:3]
    assert images[0].std() > 0


def test_boxes_that_leave_the_image():
    images = np.stack([photo(HEIGHT, WIDTH)])
    given = ArrayDetectionSource(images, [[[-16, -8, 32, 40], [130, 5, 150, 20]]], [[0, 1]], NAMES)
    config = replace(PLAIN, batch_size=1)
    ((_, kept),) = build_epoch(given, config, 0, 0)
    assert kept["boxes"][0].tolist() == [[-8, pytest.approx(-6.4), 16, 32], [65, 4, 75, 16], [0, 0, 0, 0]]
    ((_, clipped),) = build_epoch(given, replace(config, clip_boxes=True), 0, 0)
    assert clipped["boxes"][0].tolist() == [[0, 0, 16, 32], [0] * 4, [0] * 4]
    assert clipped["labels"][0].tolist() == [0, -1, -1]


def test_more_boxes_than_room():
    boxes = [[number, number, number + 9, number + 9] for number in range(5)]
    given = ArrayDetectionSource(np.stack([photo(64, 64)]), [boxes], [[0, 1, 2, 0, 1]], NAMES)
    ((_, targets),) = build_epoch(given, replace(PLAIN, batch_size=1), 0, 0)
    assert targets["boxes"][0].tolist() == boxes[:3]
    assert targets["labels"][0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("config", [MULTI_HEAD, SEPARABLE], ids=["multi-head", "separable"])
def test_evaluation(config):
    given = source()
    batches = list(build_evaluation(given, config))
    assert len(batches) == 3
    targets = {key: np.concatenate([batch[key] for _, batch in batches]) for key in batches[0][1]}
    assert set(targets) == {"boxes", "labels", "image_id", "height", "width"}
    assert all(value.dtype == np.int32 for key, value in targets.items() if key != "boxes")
    assert targets["image_id"].tolist() == [*range(9), -1, -1, -1]
    assert targets["height"].tolist() == [HEIGHT] * 9 + [0] * 3
    assert targets["width"].tolist() == [WIDTH] * 9 + [0] * 3
    assert (targets["labels"][9:] == -1).all()
    scale = np.array([WIDTH / 64, HEIGHT / 64] * 2)
    truth = given.to_coco()["annotations"]
    for number in range(9):
        boxes = targets["boxes"][number][targets["labels"][number] >= 0] * scale
        expected = [each["bbox"] for each in truth if each["image_id"] == number]
        np.testing.assert_allclose(
            np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
            np.array(expected).reshape(-1, 4),
            atol=1e-4,
        )
    assert not batches[2][0][1:].any()


def test_config_round_trip():
    assert DetectionDataConfig(**asdict(SEPARABLE)) == SEPARABLE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("interpolation", "nearest"), ("color_distortion", None), ("last_batch", "fill"), ("max_boxes", 0)),
        *(("image_size", 2.5), ("horizontal_flip", -0.5), ("min_crop_size", -1), ("max_steps", 0)),
    ],
)
def test_bad_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        DetectionDataConfig(**{name: value})
