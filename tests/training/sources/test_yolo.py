import pytest

from tests.training.sources.image_files import write_picture
from training.sources.yolo import yolo_sources

BOXES = "1 0.5 0.5 0.4 0.25\n0 0.25 0.5 0.5 1.0\n"  # in a picture of 10x8 pixels


def write(root, pictures, texts, names="ab", boxes=BOXES):
    (root / texts).mkdir(parents=True, exist_ok=True)
    for name in names:
        write_picture(root / pictures / f"{name}.jpg")
        (root / texts / f"{name}.txt").write_text(boxes)


def loaded(source, reference=0):
    return [part.tolist() for part in source.load(reference)[1:]]


def check(sources, *folders):
    for source, folder in zip(sources, folders):
        assert source.class_names == ("cat", "dog")
        assert source.name(0).startswith(f"{folder}/")
        boxes, labels = loaded(source)
        assert labels == [1, 0]
        assert boxes == [pytest.approx([3, 3, 7, 5]), pytest.approx([0, 0, 5, 8])]


YAMLS = {
    "folders": "train: images/train\nval: images/val\nnames: [cat, dog]\nnc: 2",
    "path": "path: .\ntrain: images/train\nval: [images/val]\nnames: {0: cat, 1: dog}",
    "valid": "train: ./images/train\nvalid: images/val\nnames:\n  - cat\n  - dog",
    "a folder above, as of Roboflow": "train: ../images/train\nval: ../images/val\nnames: ['cat', 'dog']",
    "another machine": "path: /content/nowhere\ntrain: images/train\nval: images/val\nnames: [cat, dog]",
    "lists": "path: .\ntrain: train.txt\nval: val.txt\nnames: [cat, dog]",
}


@pytest.mark.parametrize("kind", YAMLS)
def test_yaml(tmp_path, kind):
    for split in ("train", "val"):
        write(tmp_path, f"images/{split}", f"labels/{split}")
        (tmp_path / f"{split}.txt").write_text(f"./images/{split}/a.jpg\ndata/images/{split}/b.jpg\n")
    (tmp_path / "data.yaml").write_text(YAMLS[kind], "utf-8-sig")
    check(yolo_sources(tmp_path), tmp_path / "images" / "train", tmp_path / "images" / "val")


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ("images/train labels/train", "images/val labels/val"),
        ("train/images train/labels", "valid/images valid/labels"),
        ("train train", "test test"),
    ],
)
@pytest.mark.parametrize("names", ["classes.txt", "labels/classes.txt", "obj.names"])
def test_folders(tmp_path, train, validation, names):
    for split in (train, validation):
        write(tmp_path, *split.split())
    (tmp_path / names).parent.mkdir(exist_ok=True)
    (tmp_path / names).write_text("cat\ndog\n")
    check(yolo_sources(tmp_path), *(tmp_path / split.split()[0] for split in (train, validation)))


def test_without_a_split(tmp_path):
    write(tmp_path, "images", "labels", "abcdefghij")
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    train, validation = yolo_sources(tmp_path, 0.3)
    assert (len(train), len(validation)) == (7, 3)
    check((train, validation), tmp_path, tmp_path)


@pytest.fixture
def root(tmp_path):
    for split in ("train", "val"):
        write(tmp_path, f"{split}/images", f"{split}/labels")
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    return tmp_path


def test_upright_pictures(root):
    write_picture(root / "train" / "images" / "a.jpg", (8, 10), orientation=6)
    source, _ = yolo_sources(root)
    assert loaded(source)[0] == [pytest.approx([2.4, 3.75, 5.6, 6.25]), pytest.approx([0, 0, 4, 10])]
    (image, _), annotations = source.to_coco()["images"], source.to_coco()["annotations"]
    assert (image["height"], image["width"]) == (10, 8)
    assert annotations[0]["bbox"] == pytest.approx([2.4, 3.75, 3.2, 2.5])
    assert annotations[0]["area"] == pytest.approx(8.0)


def test_polygons_and_boxes_without_area(root, caplog):
    (root / "train" / "labels" / "a.txt").write_text("1 0.1 0.5 0.9 0.25 0.5 0.75\n0 0.5 0.5 0 0.5\n\n")
    assert loaded(yolo_sources(root)[0]) == [[pytest.approx([1, 2, 9, 6])], [1]]
    assert "left out 1 boxes without an area" in caplog.text


def test_pictures_without_objects(root, caplog):
    (root / "train" / "labels" / "a.txt").unlink()
    (root / "train" / "labels" / "b.txt").write_text("")
    train, _ = yolo_sources(root)
    assert [loaded(train, each) for each in (0, 1)] == [[[], []]] * 2
    assert "train/images: 1 of 2 pictures have no boxes" in caplog.text
    (root / "train" / "labels" / "b.txt").unlink()
    (root / "data.yaml").write_text("train: train/images\nval: val/images\nnames: [cat, dog]")
    with pytest.raises(ValueError, match="must have text files of their boxes.*2 pictures in '.*train/images'"):
        yolo_sources(root)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.4 0.25", "a class from 0 to 1 and have numbers only. Received: line 2 of .*a.txt': '2 0.5"),
        ("cat 0.5 0.5 0.4 0.25", "Received: line 2 of .*a.txt': 'cat 0.5"),
        ("0.5 0.5 0.5 0.4 0.25", "a class from 0 to 1"),
        ("1 120 80 40 25", "fractions of the picture from 0 to 1. Received: line 2 of .*a.txt': '1 120"),
        ("1 0.5 0.5 0.4", "center, width and height"),
        ("1 0.5 0.5 0.4 0.25 0.9", "center, width and height"),
        ("1 0.5 0.5 nan 0.25", "from 0 to 1"),
        ("1 0.5 0.5 -0.4 0.25", "from 0 to 1"),
    ],
)
def test_wrong_lines(root, line, message):
    (root / "val" / "labels" / "a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(ValueError, match=message):
        yolo_sources(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: [cat", "must be a YAML file"),
        ("names: [cat]", "must have `names`.* and `train`"),
        ("train: train/images\nnames: {1: cat, 2: dog}", "must have `names`"),
        ("train: train/images\nval: val/images\nnames: [cat]\nnc: 2", "`nc` must be the number of `names`.*nc=2"),
        ("train: train/images\nval: none/images\nnames: [cat, dog]", "must exist. Received: 'none/images'"),
        ("train: train/images\nval: val/images\nnames: [cat, cat]", "'cat' more than once"),
    ],
)
def test_wrong_yaml(root, text, message):
    (root / "data.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        yolo_sources(root)


def test_class_names_are_missing(root):
    (root / "classes.txt").unlink()
    with pytest.raises(ValueError, match="must have 'data.yaml' or 'classes.txt'"):
        yolo_sources(root)


def test_other_folders(tmp_path):
    write_picture(tmp_path / "train" / "a.jpg")
    assert yolo_sources(tmp_path) is None


def test_keypoints_are_refused(tmp_path):
    write(tmp_path, "images/train", "labels/train")
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/train\nnames: [cat, dog]\nkpt_shape: [2, 2]")
    with pytest.raises(ValueError, match="keypoints are not read.*kpt_shape"):
        yolo_sources(tmp_path)


def test_pictures_in_both_splits_are_told(tmp_path, caplog):
    write(tmp_path, "images/train", "labels/train")
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/train\nnames: [cat, dog]")
    yolo_sources(tmp_path)
    assert "2 pictures are in training and in validation" in caplog.text
