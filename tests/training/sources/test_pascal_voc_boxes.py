import pytest

from tests.training.sources.image_files import write_picture
from training.sources.pascal_voc_boxes import voc_detection_sources

CAT, DOG = ("cat", (1, 2, 9, 6)), ("dog", (0, 0, 5, 5))


def xml(objects, filename="", size=(8, 10)):
    parts = [
        f"<object><name>{name}</name><difficult>{len(more)}</difficult><bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin>"
        f"<xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox><part><name>head</name></part></object>"
        for name, box, *more in objects
    ]
    size = f"<size><width>{size[1]}</width><height>{size[0]}</height><depth>3</depth></size>"
    return f"<annotation><filename>{filename}</filename>{size}{''.join(parts)}</annotation>"


def write(root, annotations, pictures, objects, names="ab"):
    """Writes a picture of 10x8 pixels and an XML file for each name."""
    (root / annotations).mkdir(parents=True, exist_ok=True)
    for name in names:
        write_picture(root / pictures / f"{name}.jpg")
        (root / annotations / f"{name}.xml").write_text(xml(objects))


def loaded(source, reference=0):
    return [part.tolist() for part in source.load(reference)[1:]]


@pytest.mark.parametrize("parent", ["", "VOCdevkit/VOC2012"])
@pytest.mark.parametrize(("train_list", "validation_list"), [("train", "val"), ("trainval", "test")])
def test_lists(tmp_path, parent, train_list, validation_list):
    root = tmp_path / parent
    write(root, "Annotations", "JPEGImages", [DOG, CAT], "abcd")
    (root / "ImageSets" / "Main").mkdir(parents=True)
    (root / "ImageSets" / "Main" / f"{train_list}.txt").write_text("b\nc\n")
    (root / "ImageSets" / "Main" / f"{validation_list}.txt").write_text("d  1\n")
    train, validation = voc_detection_sources(tmp_path)
    assert train.class_names == validation.class_names == ("cat", "dog")
    assert [[source.name(each)[-5:] for each in source.references()] for source in (train, validation)] == [
        ["b.jpg", "c.jpg"],
        ["d.jpg"],
    ]
    assert loaded(validation) == [[[0, 0, 5, 5], [1, 2, 9, 6]], [1, 0]]


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ("train train", "valid valid"),
        ("train/annotations train/images", "val/annotations val/images"),
        ("annotations/train images/train", "annotations/val images/val"),
    ],
)
def test_folders_of_splits(tmp_path, train, validation):
    for split in (train, validation):
        write(tmp_path, *split.split(), [CAT, DOG])
    for source, split in zip(voc_detection_sources(tmp_path), (train, validation)):
        assert source.name(0) == str(tmp_path / split.split()[1] / "a.jpg")
        assert loaded(source) == [[[1, 2, 9, 6], [0, 0, 5, 5]], [0, 1]]


@pytest.mark.parametrize("where", ["annotations images", "Annotations JPEGImages", ". ."])
def test_without_a_split(tmp_path, where):
    write(tmp_path, *where.split(), [CAT], "abcdefghij")
    train, validation = voc_detection_sources(tmp_path, 0.3)
    assert (len(train), len(validation)) == (7, 3)
    assert not set(train.paths) & set(validation.paths)


def test_difficult_objects_are_crowds(tmp_path):
    write(tmp_path, ".", ".", [CAT, (*DOG, "difficult")])
    source, _ = voc_detection_sources(tmp_path)
    assert loaded(source) == [[[1, 2, 9, 6]], [0]]
    assert [each["iscrowd"] for each in source.to_coco()["annotations"]] == [0, 1]


def test_pictures_of_other_names(tmp_path):
    """The name that an XML file states counts where there is no picture of its own name."""
    for split in ("train", "val"):
        write(tmp_path, split, split, [CAT])
        for name in "ab":
            (tmp_path / split / f"{name}.xml").write_text(xml([CAT], f"photo_{name}.jpg"))
            (tmp_path / split / f"{name}.jpg").rename(tmp_path / split / f"photo_{name}.jpg")
    assert voc_detection_sources(tmp_path)[0].paths == [str(tmp_path / "train" / f"photo_{name}.jpg") for name in "ab"]
    (tmp_path / "train" / "photo_b.jpg").unlink()
    with pytest.raises(ValueError, match="must exist. Received: 1 of 2 .*photo_b.jpg"):
        voc_detection_sources(tmp_path)


def test_classes_of_a_file(tmp_path):
    write(tmp_path, ".", ".", [CAT])
    (tmp_path / "classes.txt").write_text("dog\ncat\n")
    assert loaded(voc_detection_sources(tmp_path)[0])[1] == [1]
    (tmp_path / "classes.txt").write_text("dog\n")
    with pytest.raises(ValueError, match="'cat' only in .*classes.txt' has 'dog'"):
        voc_detection_sources(tmp_path)


def test_no_xml_files(tmp_path):
    write_picture(tmp_path / "train" / "a.jpg")
    assert voc_detection_sources(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotation>", "must be XML files of PASCAL VOC.*b.xml"),
        (xml([("cat", (1, 2, "", 3))]), "a `bndbox` of numbers. .*b.xml"),
        (xml([("", (1, 2, 4, 3))]), "must have a `name`. .*b.xml"),
        (xml([("cat", (4, 2, 1, 3))]), "not inverted. Received: object 1 of .*b.xml"),
        (xml([CAT, ("cat", (30, 2, 40, 3))]), "in their picture.*object 2 of .*b.xml.*10x8"),
        (xml([CAT, ("cat", (1, 2, 4, "nan"))]), "must be finite.*object 2 of .*b.xml"),
    ],
)
def test_wrong_files(tmp_path, text, message):
    for split in ("train", "val"):
        write(tmp_path, split, split, [CAT])
    (tmp_path / "val" / "b.xml").write_text(text)
    with pytest.raises(ValueError, match=message):
        voc_detection_sources(tmp_path)


def test_other_classes_in_validation(tmp_path):
    for split, objects in (("train", [CAT]), ("val", [DOG])):
        write(tmp_path, split, split, objects)
    with pytest.raises(ValueError, match="'dog' only in '.*val'; .* has 'cat'"):
        voc_detection_sources(tmp_path)


def test_boxes_without_area_and_rounding(tmp_path, caplog):
    write(tmp_path, ".", ".", [("cat", (0, 0, 10.8, 8.5)), ("cat", (3, 3, 3, 5)), ("cat", (10, 1, 11, 4))])
    assert loaded(voc_detection_sources(tmp_path)[0])[0] == [pytest.approx([0, 0, 10.8, 8.5])]
    assert "left out 4 boxes without an area" in caplog.text


def test_equal_names_in_both_splits(tmp_path):
    for split in ("train", "val"):
        write(tmp_path, f"Annotations/{split}", f"JPEGImages/{split}", [CAT, DOG])
    for source, split in zip(voc_detection_sources(tmp_path), ("train", "val")):
        assert {source.name(each).rsplit("/", 2)[1] for each in source.references()} == {split}
