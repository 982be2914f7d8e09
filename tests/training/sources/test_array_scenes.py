import numpy as np
import pytest
from faster_coco_eval import COCO

from tests.training.augment.draws import photo
from training.sources.array_scenes import ArrayDetectionSource, ArraySegmentationSource

IMAGES = np.stack([np.roll(photo(20, 30), number, axis=0) for number in range(3)])
MASKS = np.stack([np.full((20, 30), label, "uint8") for label in (0, 1, 255)])
BOXES = [[[1, 2, 11, 22]], [], [[0, 0, 30, 20], [4.5, 5, 6, 7]]]
LABELS = [[1], [], [0, 1]]


def test_masks():
    source = ArraySegmentationSource(IMAGES, MASKS, ["a", "b"])
    assert len(source) == 3
    for reference, expected, expected_mask in zip(source.references(), IMAGES, MASKS):
        image, mask = source.load(reference)
        np.testing.assert_array_equal(image, expected)
        np.testing.assert_array_equal(mask, expected_mask)
    orders = {str(source.references(seed, 0)) for seed in range(20)}
    assert len(orders) == 6


def test_boxes():
    source = ArrayDetectionSource(IMAGES, BOXES, LABELS, ["a", "b"])
    for number, reference in enumerate(source.references()):
        assert source.image_id(reference) == number
        image, boxes, labels = source.load(reference)
        np.testing.assert_array_equal(image, IMAGES[number])
        assert boxes.tolist() == BOXES[number]
        assert (boxes.shape[1], labels.tolist()) == (4, LABELS[number])


def test_ground_truth_in_the_format_of_coco():
    source = ArrayDetectionSource(IMAGES, BOXES, LABELS, ["a", "b"], areas=[[50], [], [600, 2]])
    truth = COCO(source.to_coco())
    assert sorted(truth.getImgIds()) == [0, 1, 2]
    first, second = truth.loadAnns(truth.getAnnIds(imgIds=[2]))
    assert (first["bbox"], first["area"], first["category_id"]) == ([0, 0, 30, 20], 600, 1)
    assert (second["bbox"], second["area"], second["category_id"]) == ([4.5, 5, 1.5, 2], 2, 2)
    assert [each["name"] for each in truth.loadCats(source.category_ids)] == ["a", "b"]
    assert ArrayDetectionSource(IMAGES, BOXES, LABELS, ["a", "b"]).to_coco()["annotations"][0]["area"] == 200


def test_bad_masks():
    with pytest.raises(ValueError, match="`masks` must be a uint8 array of shape .* Received: int64"):
        ArraySegmentationSource(IMAGES, MASKS.astype("int64"), ["a", "b"])
    with pytest.raises(ValueError, match=r"`masks` must have labels in \[0, 1\).* Received: a label 1"):
        ArraySegmentationSource(IMAGES, MASKS, ["a"])
    with pytest.raises(ValueError, match="`images` must be a uint8 array"):
        ArraySegmentationSource(IMAGES[..., :1], MASKS, ["a", "b"])


@pytest.mark.parametrize(
    ("boxes", "labels", "message"),
    [
        (BOXES[:2], LABELS[:2], "must be 3 sequences of the same lengths"),
        (BOXES, [[1], [0], [0, 1]], "must be 3 sequences of the same lengths"),
        (BOXES, [[1], [], [0, 2]], r"`labels` must be in \[0, 2\)"),
        ([[[1, 2, 1, 4]], [], BOXES[2]], LABELS, "of positive width and height"),
        ([[[1, 2, float("nan"), 4]], [], BOXES[2]], LABELS, "finite"),
    ],
)
def test_bad_boxes(boxes, labels, message):
    with pytest.raises(ValueError, match=message):
        ArrayDetectionSource(IMAGES, boxes, labels, ["a", "b"])
