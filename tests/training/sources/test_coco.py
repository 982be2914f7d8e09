import json
import pickle

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from tests.training.sources.coco_files import annotation, write_coco
from tests.training.sources.image_files import decoded, write_picture
from training.sources.coco import CocoSource
from training.sources.source import UnreadableSampleError


def loaded(source):
    """Boxes and labels by the id of the image."""
    return {
        source.image_id(reference): [part.tolist() for part in source.load(reference)[1:]]
        for reference in source.references()
    }


def change(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_boxes_and_labels(tmp_path, caplog):
    """Labels by the order of the ids; no crowd, nothing without an area; what leaves the image in part stays."""
    source = CocoSource(*write_coco(tmp_path))
    assert source.category_ids == (3, 17, 90)
    assert source.class_names == ("car", "cat", "toothbrush")
    assert loaded(pickle.loads(pickle.dumps(source))) == {
        42: [[[5, 6, 15, 18], [-2, 1, 48, 9]], [1, 0]],
        7: [[[1.5, 2, 21.5, 12.25]], [0]],
        9: [[], []],
        8: [[], []],
    }
    assert [part.dtype for part in source.load(0)] == ["uint8", "float32", "int32"]
    assert source.load(3)[1].shape == (0, 4)
    assert f"{tmp_path}/annotations/train.json: left out 1 boxes without an area in their picture" in caplog.messages


def test_images_of_a_box_are_its_own(tmp_path):
    source = CocoSource(*write_coco(tmp_path))
    order = source.references(0, 0)
    assert sorted(order) == [0, 1, 2, 3] != order.tolist()
    for reference in order:
        path = tmp_path / "train" / f"{source.image_id(reference):012}.jpg"
        assert source.name(reference) == str(path)
        np.testing.assert_array_equal(source.load(reference)[0], decoded(path.read_bytes()))


def test_images_without_an_annotation(tmp_path):
    """To be left out of training; a crowd is an annotation."""
    source = CocoSource(*write_coco(tmp_path), keep_empty=False)
    assert set(loaded(source)) == {42, 7, 9}
    assert [image["id"] for image in source.to_coco()["images"]] == [42, 7, 9]


@pytest.mark.parametrize("number", [lambda each: each, lambda each: each - 1, lambda each: 7, lambda each: None])
def test_perfect_detections(tmp_path, number):
    """They have a precision of 1, whatever the ids of the annotations are."""
    path, folder = write_coco(tmp_path)
    annotations = json.loads(path.read_text())["annotations"]
    annotations = [{**each, "id": number(place)} for place, each in enumerate(annotations, start=1)]
    if number(1) is None:
        annotations = [{key: value for key, value in each.items() if key != "id"} for each in annotations]
    change(path, annotations=annotations)
    source = CocoSource(path, folder)
    truth = source.to_coco()
    assert [each["id"] for each in truth["annotations"]] == [1, 2, 3, 4, 5]
    results = [
        {"image_id": number, "category_id": source.category_ids[label], "score": 0.9}
        | {"bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]]}
        for number, (boxes, labels) in loaded(source).items()
        for box, label in zip(boxes, labels)
    ]
    evaluation = COCOeval_faster(COCO(truth), COCO(truth).loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_ground_truth(tmp_path):
    path, folder = write_coco(tmp_path)
    change(
        path, annotations=[annotation(1, 42, 3, [1, 2, 10, 5], area=33), annotation(1, 7, 17, [0, 0, 4, 5], area=None)]
    )
    first, second = CocoSource(path, folder).to_coco()["annotations"]
    assert first == {"id": 1, "image_id": 42, "category_id": 3, "bbox": [1, 2, 10, 5], "area": 33, "iscrowd": 0}
    assert (second["bbox"], second["area"]) == ([0, 0, 4, 5], 20)


def test_classes_of_another_file(tmp_path):
    """Labels and ids are those of the given classes, matched by name."""
    source = CocoSource(*write_coco(tmp_path), classes={"toothbrush": 5, "cat": 6, "car": 9, "bus": 10})
    assert source.category_ids == (5, 6, 9, 10)
    assert loaded(source)[42][1] == [1, 2]
    assert [each["category_id"] for each in source.to_coco()["annotations"]] == [6, 5, 9, 9, 5]
    with pytest.raises(ValueError, match="Received: 'toothbrush' only in"):
        CocoSource(*write_coco(tmp_path), classes={"cat": 6, "car": 9})


@pytest.mark.parametrize("stated", ["upright", "stored", None])
def test_turned_images(tmp_path, stated):
    """Boxes belong to the upright image, or to the stored pixels if the file states their size."""
    path = write_picture(tmp_path / "0.png", (20, 30), orientation=6)
    size = {"upright": {"height": 30, "width": 20}, "stored": {"height": 20, "width": 30}, None: {}}[stated]
    image = {"id": 1, "file_name": "0.png", **size}
    data = {"images": [image], "annotations": [annotation(1, 1, 3, [1, 2, 3, 4])]}
    (tmp_path / "a.json").write_text(json.dumps(data | {"categories": [{"id": 3, "name": "a"}]}))
    source = CocoSource(tmp_path / "a.json", tmp_path)
    pixels = decoded(path.read_bytes())
    found, boxes, _ = source.load(0)
    np.testing.assert_array_equal(found, pixels if stated == "stored" else np.rot90(pixels, -1))
    assert boxes.tolist() == [[1, 2, 4, 6]]
    (truth,) = source.to_coco()["images"]
    assert (truth["height"], truth["width"]) == found.shape[:2]


def test_image_of_another_size_than_stated(tmp_path):
    path, folder = write_coco(tmp_path)
    images = json.loads(path.read_text())["images"]
    change(path, images=[{**each, "width": 300} for each in images])
    with pytest.raises(UnreadableSampleError, match="000042.jpg' of 30x20 pixels, stated as 300x20"):
        CocoSource(path, folder).load(0)


def test_byte_order_mark(tmp_path):
    path, folder = write_coco(tmp_path)
    path.write_text(path.read_text(), "utf-8-sig")
    assert CocoSource(path, folder).class_names == ("car", "cat", "toothbrush")


@pytest.mark.parametrize(
    ("categories", "used", "names"),
    [
        (
            [{"id": 0, "name": "all", "supercategory": "none"}, {"id": 3, "name": "a", "supercategory": "all"}],
            3,
            ("a",),
        ),
        (
            [{"id": 0, "name": "all", "supercategory": "none"}, {"id": 3, "name": "a", "supercategory": "all"}],
            0,
            ("all", "a"),
        ),
        ([{"id": 0, "name": "b", "supercategory": "x"}, {"id": 3, "name": "a", "supercategory": "x"}], 3, ("b", "a")),
    ],
)
def test_supercategory_as_a_category(tmp_path, categories, used, names):
    path, folder = write_coco(tmp_path)
    change(path, categories=categories, annotations=[annotation(1, 42, used, [0, 0, 1, 1])])
    assert CocoSource(path, folder).class_names == names


@pytest.mark.parametrize(
    "bbox",
    [None, [], [1, 2, 3], ["1", 2, 3, 4], [1, float("nan"), 5, 5], [5, 5, -2, 2], [31.5, 2, 4, 4], [0, -9, 5, 7]],
    ids=str,
)
def test_wrong_boxes(tmp_path, bbox):
    path, folder = write_coco(tmp_path)
    change(path, annotations=[annotation(1, 42, 3, [0, 0, 1, 1]), annotation(77, 7, 3, bbox)])
    with pytest.raises(ValueError, match="annotation 77 of image 7 in '.*train.json'"):
        CocoSource(path, folder)


def test_boxes_as_fractions(tmp_path):
    path, folder = write_coco(tmp_path)
    change(path, annotations=[annotation(1, 42, 3, [0.1, 0.2, 0.5, 0.8])])
    with pytest.raises(ValueError, match="must be in pixels, not fractions .*train.json' with 1 boxes"):
        CocoSource(path, folder)


def test_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a JSON file of annotations and a folder of images"):
        CocoSource(tmp_path / "a.json", tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": None}, r"must have lists of .* without \['annotations'\]"),
        ({"images": [{"id": "a", "file_name": "a.jpg"}]}, "must be different integers"),
        ({"images": [{"id": 42}]}, r"images must have \['id', 'file_name'\]. Received: .*train.json' with {'id': 42}"),
        ({"annotations": [{"id": 5, "image_id": 42}]}, r"annotations must have .*train.json' with {'id': 5"),
        ({"annotations": [annotation(1, 1234, 3, [0, 0, 1, 1])]}, r"of images in the file. .*\[1234\]"),
        ({"annotations": [annotation(1, 42, 5, [0, 0, 1, 1])]}, r"categories \[17, 3, 90\], .*\[5\] too"),
        ({"categories": [{"id": id_, "name": "a"} for id_ in (3, 17, 90)]}, "3 classes, 'a' more than once"),
    ],
)
def test_bad_file(tmp_path, changes, message):
    paths = write_coco(tmp_path)
    change(paths[0], **changes)
    with pytest.raises(ValueError, match=message):
        CocoSource(*paths)


def test_missing_pictures(tmp_path):
    path, folder = write_coco(tmp_path)
    (folder / "000000000007.jpg").unlink()
    with pytest.raises(ValueError, match="train.json' names must exist. Received: 1 of 4 .*000000000007.jpg"):
        CocoSource(path, folder)
    path.write_text("{")
    with pytest.raises(ValueError, match="train.json' must be a JSON file"):
        CocoSource(path, folder)
