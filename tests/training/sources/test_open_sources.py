import json
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.training.sources.coco_files import write_coco
from tests.training.sources.image_files import write_folder, write_picture
from tests.training.sources.mask_images import write_pairs
from training.sources.open_sources import open_detection_sources, open_segmentation_sources, open_sources


def recipe(**data):
    return SimpleNamespace(data=SimpleNamespace(**data))


@pytest.mark.parametrize("open_them", [open_sources, open_segmentation_sources, open_detection_sources])
def test_digit_scenes_of_a_trial(open_them):
    """Of the recipe's size, and no more than a trial takes."""
    trial = recipe(image_size=48, batch_size=2, eval_batch_size=3, max_steps=2)
    train, test = open_them("digit_scenes", None, trial)
    assert (len(train), len(test)) == (8, 6)
    for source in (train, test):
        assert source.load(source.references()[0])[0].shape == (48, 48, 3)


def test_folders_of_masks(tmp_path):
    names = {"voc": "JPEGImages", "ade": "annotations", "own": "train"}
    voc = tmp_path / "voc"
    write_pairs(voc / "JPEGImages", voc / "SegmentationClass", ["a"], size=(8, 30))
    (voc / "ImageSets" / "Segmentation").mkdir(parents=True)
    for split in ("train", "val"):
        (voc / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("a\n")
        write_pairs(tmp_path / "own" / split / "images", tmp_path / "own" / split / "masks", ["a"], size=(8, 30))
    (tmp_path / "own" / "classes.txt").write_text("\n".join("abcdefghijklmnopqrstu"))
    for split in ("training", "validation"):
        folders = [tmp_path / "ade" / kind / split for kind in ("images", "annotations")]
        write_pairs(*folders, ["a"], Image.fromarray, (8, 30))
    classes = [len(open_segmentation_sources(str(tmp_path / name))[0].class_names) for name in names]
    assert classes == [21, 150, 21]


def test_own_data_in_folders_named_as_those_of_ade20k(tmp_path):
    for split in ("training", "validation"):
        folders = [tmp_path / kind / split for kind in ("images", "annotations")]
        write_pairs(*folders, ["a"], size=(8, 30), classes=3)
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    assert open_segmentation_sources(str(tmp_path))[0].class_names == ("a", "b", "c")


def test_folder_of_coco(tmp_path):
    for split in ("train", "val"):
        write_coco(tmp_path, split)
    assert [len(source) for source in open_detection_sources(str(tmp_path))] == [3, 4]


def test_folder_of_xml_files(tmp_path):
    for split in ("train", "val"):
        write_picture(tmp_path / split / "a.jpg")
        (tmp_path / split / "a.xml").write_text(
            "<annotation><object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>6</ymax></bndbox>"
            "</object></annotation>"
        )
    assert open_detection_sources(str(tmp_path))[1].load(0)[1].tolist() == [[1, 1, 5, 6]]


def test_folder_of_yolo(tmp_path):
    """With a JSON file of another tool beside."""
    (tmp_path / "labels").mkdir()
    for number in range(5):
        write_picture(tmp_path / "images" / f"{number}.jpg")
        (tmp_path / "labels" / f"{number}.txt").write_text("0 0.5 0.5 1 1\n")
    (tmp_path / "classes.txt").write_text("x\n")
    (tmp_path / "notes.json").write_text('{"categories": [], "info": {}}')
    train, validation = open_detection_sources(str(tmp_path), None, recipe(validation_split=0.4))
    assert (len(train), len(validation)) == (3, 2)
    assert validation.load(0)[1].tolist() == [[0, 0, 10, 8]]


def test_folder_without_annotations(tmp_path):
    write_picture(tmp_path / "images" / "a.jpg")
    with pytest.raises(FileNotFoundError, match="JSON files of COCO.*XML files of PASCAL VOC.*YOLO.* with 'images'"):
        open_detection_sources(str(tmp_path))


def test_no_objects(tmp_path):
    for split in ("train", "val"):
        path, _ = write_coco(tmp_path, split)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"annotations": []}))
    with pytest.raises(ValueError, match="must be objects .* Received: .* with none for validation"):
        open_detection_sources(str(tmp_path))


def test_boxes_of_pictures_that_cannot_be_read(tmp_path):
    for split in ("train", "val"):
        _, folder = write_coco(tmp_path, split)
    for path in folder.iterdir():
        path.write_text("no picture")
    with pytest.raises(ValueError, match="first samples of the data set all fail. Received: .*val/.*cannot be read"):
        open_detection_sources(str(tmp_path))


def test_folder_of_classes(tmp_path):
    for split in ("train", "val"):
        write_folder(tmp_path / split, 2)
    assert [len(source) for source in open_sources(str(tmp_path))] == [4, 4]


def test_folder_with_tables(tmp_path):
    for number in range(10):
        write_picture(tmp_path / "images" / f"{number}.jpg")
    (tmp_path / "labels.csv").write_text("file,label\n" + "".join(f"{n}.jpg,{'ab'[n % 2]}\n" for n in range(10)))
    train, validation = open_sources(str(tmp_path), None, recipe(validation_split=0.4))
    assert (len(train), len(validation), train.class_names) == (6, 4, ("a", "b"))


@pytest.mark.parametrize("open_them", [open_segmentation_sources, open_detection_sources])
def test_no_such_data_set(open_them):
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(ValueError, match="`data` must be 'digit_scenes', a folder, or a data set of TensorFlow"):
        open_them("no_such_set")


def test_data_set_without_masks():
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(ValueError, match=r"must be one of \['scene_parse150'\] for segmentation. .*'mnist'"):
        open_segmentation_sources("mnist")


@pytest.mark.parametrize(
    ("open_them", "name"),
    [
        (open_detection_sources, "voc/2012"),
        (open_detection_sources, "coco/2017"),
        (open_segmentation_sources, "scene_parse150"),
    ],
)
def test_data_set_that_is_not_prepared(tmp_path, open_them, name):
    """The real ones have the features that are asked for."""
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(FileNotFoundError, match=f"'{name}/.*' must be prepared first"):
        open_them(name, tmp_path)
