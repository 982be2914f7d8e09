import json

import pytest

from tests.training.sources.coco_files import annotation, write_coco
from tests.training.sources.image_files import write_picture
from training.sources.coco_folders import coco_sources


def write(root, json_file, folder, names="abcd", categories=("x", "y")):
    """Writes a JSON file and its pictures, one of which has no object; the others have one of the last category."""
    images = [{"id": number, "file_name": f"{name}.jpg"} for number, name in enumerate(names)]
    annotations = [annotation(number, number, len(categories), [1, 1, 4, 4]) for number in range(1, len(names))]
    categories = [{"id": number, "name": name} for number, name in enumerate(categories, start=1)]
    (root / json_file).parent.mkdir(parents=True, exist_ok=True)
    (root / json_file).write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    for name in names:
        write_picture(root / folder / f"{name}.jpg")


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ("annotations/instances_train2017.json train2017", "annotations/instances_val2017.json val2017"),
        ("annotations/instances_train2017.json images/train2017", "annotations/instances_val2017.json images/val2017"),
        ("annotations/train.json train", "annotations/val.json val"),
        ("annotations/instances_train.json images/train", "annotations/instances_test.json images/test"),
        ("train.json images", "val.json images"),
        ("train_annotations.json train", "valid_annotations.json valid"),
        ("train/_annotations.coco.json train", "valid/_annotations.coco.json valid"),
        ("train/_annotations.coco.json train", "test/_annotations.coco.json test"),
        ("train/annotations.json train/images", "val/annotations.json val/images"),
    ],
)
def test_layouts(tmp_path, train, validation):
    for split, names in ((train, "abcd"), (validation, "efg")):
        write(tmp_path, *split.split(), names)
    (tmp_path / "annotations").mkdir(exist_ok=True)
    for other in ("captions_train2017", "person_keypoints_train2017", "image_info_test2017"):
        (tmp_path / "annotations" / f"{other}.json").write_text("{}")
    sources = coco_sources(tmp_path)
    assert [len(source) for source in sources] == [3, 3]  # training leaves the image out that has no object
    for source, split in zip(sources, (train, validation)):
        assert source.name(0).startswith(f"{tmp_path}/{split.split()[1]}/")
        assert source.class_names == ("x", "y")


@pytest.mark.parametrize(
    "where",
    [
        "annotations.json images",
        "annotations/instances_default.json images",
        "_annotations.coco.json .",
        "labels.json data",
    ],
)
def test_one_file_is_split(tmp_path, where):
    write(tmp_path, *where.split(), "abcdefghij")
    (tmp_path / "notes.json").write_text('{"categories": []}')  # of another tool
    train, validation = coco_sources(tmp_path, 0.3)
    assert len(validation) == 3
    assert len(train) in (6, 7)
    ids = [{source.image_id(each) for each in source.references()} for source in (train, validation)]
    assert not ids[0] & ids[1]
    assert ids[0] | ids[1] >= set(range(1, 10))
    reference = validation.references()[-1]
    assert validation.load(reference)[1].tolist() == [[1, 1, 5, 5]]
    assert "abcdefghij"[validation.image_id(reference)] == validation.name(reference)[-5]


def test_splits_with_the_same_file_names(tmp_path):
    for split in ("train", "val"):
        write_coco(tmp_path, split)
    for source, split in zip(coco_sources(tmp_path), ("train", "val")):
        assert all(f"/{split}/" in source.name(each) for each in source.references())


@pytest.mark.parametrize("categories", [("y",), ("y", "x")])
def test_categories_are_matched_by_name(tmp_path, categories):
    write(tmp_path, "annotations/train.json", "train")
    write(tmp_path, "annotations/val.json", "val", categories=categories)
    train, validation = coco_sources(tmp_path)
    assert train.class_names == validation.class_names == ("x", "y")
    assert train.category_ids == validation.category_ids == (1, 2)
    label = ("x", "y").index(categories[-1])
    assert validation.load(2)[2].tolist() == [label]
    assert validation.to_coco()["annotations"][0]["category_id"] == label + 1


def test_unknown_category_of_validation(tmp_path):
    write(tmp_path, "annotations/train.json", "train")
    write(tmp_path, "annotations/val.json", "val", categories=("x", "z"))
    with pytest.raises(ValueError, match="Received: 'z' only in '.*val.json'; '.*train.json' has 'x', 'y'"):
        coco_sources(tmp_path)


def test_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a JSON file of annotations and a folder of images"):
        coco_sources(tmp_path)


def test_several_files_that_say_no_split(tmp_path):
    for name in ("first", "second"):
        write(tmp_path, f"annotations/{name}.json", "images")
    with pytest.raises(
        ValueError, match="or one for all. Received: 'annotations/first.json', 'annotations/second.json'"
    ):
        coco_sources(tmp_path)
