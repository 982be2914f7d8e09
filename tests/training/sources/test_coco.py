import json

import pytest
from faster_coco_eval import COCO, COCOeval_faster

from tests.training.sources.coco_files import annotation, write_coco
from training.sources.coco import CocoSource, coco_sources


def loaded(source):
    """Boxes and labels by the id of the image."""
    return {
        int(reference["image_id"]): [part.numpy().tolist() for part in source.load(reference)[1:]]
        for reference in source.references()
    }


def test_boxes_and_labels(tmp_path):
    """Labels by the order of the ids; no crowd, nothing without an area or place; what leaves the image stays."""
    source = CocoSource(*write_coco(tmp_path))
    assert source.category_ids == (3, 17, 90)
    assert source.class_names == ("car", "cat", "toothbrush")
    assert loaded(source) == {
        42: [[[5, 6, 15, 18], [-2, 1, 48, 9]], [1, 0]],
        7: [[[1.5, 2, 21.5, 12.25]], [0]],
        9: [[], []],
        8: [[], []],
    }


def test_images_of_a_box_are_its_own(tmp_path):
    source = CocoSource(*write_coco(tmp_path))
    order = [int(reference["image_id"]) for reference in source.references(0, 0)]
    assert order != [42, 7, 9, 8]
    assert sorted(order) == [7, 8, 9, 42]
    for reference in source.references(0, 0):
        data, boxes, _ = source.load(reference)
        number = int(reference["image_id"])
        assert data.numpy() == (tmp_path / "train" / f"{number:012}.jpg").read_bytes()
        assert boxes.numpy().tolist() == loaded(source)[number][0]


def test_images_without_an_annotation(tmp_path):
    """To be left out of training; a crowd is an annotation."""
    source = CocoSource(*write_coco(tmp_path), keep_empty=False)
    assert set(loaded(source)) == {42, 7, 9}
    assert [image["id"] for image in source.to_coco()["images"]] == [42, 7, 9]


def test_perfect_detections(tmp_path):
    """The ground truth is what COCO's evaluation takes; its own boxes have a precision of 1."""
    paths = write_coco(tmp_path)
    paths[0].write_text(paths[0].read_text().replace("NaN", "1"))  # which the evaluation cannot take
    source = CocoSource(*paths)
    truth = COCO(source.to_coco())
    results = [
        {"image_id": number, "category_id": source.category_ids[label], "score": 0.9}
        | {"bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]]}
        for number, (boxes, labels) in loaded(source).items()
        for box, label in zip(boxes, labels)
    ]
    evaluation = COCOeval_faster(truth, truth.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] > 0.7  # one of the cars has no area, and is missed


@pytest.mark.parametrize(("year", "prefix"), [("2017", "instances_"), ("", "")])
def test_folders(tmp_path, year, prefix):
    for split in ("train", "val"):
        write_coco(tmp_path, split, year, prefix)
    train, validation = coco_sources(tmp_path)
    assert (len(train), len(validation)) == (3, 4)


def test_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a JSON file of annotations and a folder of images"):
        coco_sources(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": None}, r"must have lists of .* without \['annotations'\]"),
        ({"images": [{"id": "a", "file_name": "a.jpg"}]}, "must be different integers"),
        ({"annotations": [annotation(1, 1234, 3, [0, 0, 1, 1])]}, r"of images in the file. .*\[1234\]"),
        ({"annotations": [annotation(1, 42, 5, [0, 0, 1, 1])]}, r"categories \[3, 17, 90\]. .*\[5\] too"),
    ],
)
def test_bad_file(tmp_path, changes, message):
    paths = write_coco(tmp_path)
    data = json.loads(paths[0].read_text()) | changes
    paths[0].write_text(json.dumps(data))
    with pytest.raises(ValueError, match=message):
        CocoSource(*paths)
