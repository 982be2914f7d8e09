import numpy as np
import pytest

from tests.training.sources.image_files import write_picture
from training.sources.label_table import read_table
from training.sources.label_tables import label_table_sources


def write(root, name, text, encoding="utf-8"):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding)


def pictures(root, *names):
    for name in names:
        write_picture(root / name)


def samples(source):
    return {
        source.name(each).rsplit("/", 1)[1]: np.asarray(source.load(each)[1]).tolist() for each in source.references()
    }


@pytest.mark.parametrize(
    ("name", "header", "separator"),
    [
        ("csv", "file,label", ","),
        ("csv", "Image;Class", ";"),
        ("tsv", "path\tcategory", "\t"),
        ("csv", "id,breed", ","),
    ],
)
def test_tables_of_splits(tmp_path, name, header, separator):
    pictures(tmp_path, "train/a.jpg", "train/b.jpg", "images/c.png", "val/d.jpg")
    rows = [("a.jpg", "dog"), ("b.jpg", "cat"), ("c.png", "dog")]
    lines = [header, *(separator.join(row) for row in rows)]
    write(tmp_path, f"train.{name}", "\n".join(lines), "utf-8-sig")  # as Excel writes files, with a byte-order mark
    write(tmp_path, f"val.{name}", "\r\n".join([header, separator.join(("d.jpg", "cat")), ""]))
    train, validation = label_table_sources(tmp_path)
    assert train.class_names == validation.class_names == ("cat", "dog")
    assert samples(train) == {"a.jpg": 1, "b.jpg": 0, "c.png": 1}
    assert samples(validation) == {"d.jpg": 0}


@pytest.mark.parametrize("cells", [("x;y", "y", ""), ("x|y", "y", ""), ('"x, y"', "y", "")])
def test_several_labels_in_a_cell(tmp_path, cells):
    pictures(tmp_path, "0.jpg", "1.jpg", "2.jpg")
    lines = [f"{number}.jpg,{cell}" for number, cell in enumerate(cells)]
    write(tmp_path, "train.csv", "\n".join(["file,labels", *lines]))
    write(tmp_path, "val.csv", "file,labels\n0.jpg,y\n")
    train, validation = label_table_sources(tmp_path)
    assert train.class_names == ("x", "y")
    assert samples(train) == {"0.jpg": [1, 1], "1.jpg": [0, 1], "2.jpg": [0, 0]}
    assert samples(validation) == {"0.jpg": [0, 1]}
    assert train.load(0)[1].dtype == np.float32


def test_columns_of_classes(tmp_path):
    """As Roboflow writes them, with blanks."""
    pictures(tmp_path, "train/a.jpg", "train/b.jpg", "valid/c.jpg")
    write(tmp_path, "train/_classes.csv", "filename, cat, dog\na.jpg, 1, 1\nb.jpg, 0, 1\n")
    write(tmp_path, "valid/_classes.csv", "filename, cat, dog\nc.jpg, 1, 0\n")
    train, validation = label_table_sources(tmp_path)
    assert (train.class_names, samples(train)) == (("cat", "dog"), {"a.jpg": [1, 1], "b.jpg": [0, 1]})
    assert samples(validation) == {"c.jpg": [1, 0]}
    write(tmp_path, "train/_classes.csv", "filename, cat, dog\na.jpg, 1, 0\nb.jpg, 0, 1\n")
    assert samples(label_table_sources(tmp_path)[0]) == {"a.jpg": 0, "b.jpg": 1}
    write(tmp_path, "valid/_classes.csv", "filename, dog, cat\nc.jpg, 1, 0\n")
    with pytest.raises(ValueError, match=r"same columns. .*\['cat', 'dog'\].*\['dog', 'cat'\]"):
        label_table_sources(tmp_path)


def test_one_table_is_split(tmp_path):
    pictures(tmp_path, *(f"images/{number}.jpg" for number in range(20)))
    write(tmp_path, "labels.csv", "id,label\n" + "".join(f"{number},{9 + number % 2}\n" for number in range(20)))
    train, validation = label_table_sources(tmp_path)
    assert train.class_names == ("9", "10")  # in the order of the numbers
    assert [np.bincount(each.labels).tolist() for each in (train, validation)] == [[8, 8], [2, 2]]
    assert all(int(name[:-4]) % 2 == label for name, label in samples(train).items())


def test_table_without_header(tmp_path):
    write(tmp_path, "labels.csv", "a.jpg,cat\nb.jpg,dog\n")
    table = read_table(tmp_path / "labels.csv")
    assert (table.files, table.cells) == (["a.jpg", "b.jpg"], ["cat", "dog"])


def test_table_of_test_pictures_without_labels(tmp_path):
    """As competitions give them: the other table is split."""
    pictures(tmp_path, *(f"train/{number}.jpg" for number in range(10)))
    write(tmp_path, "train.csv", "id,label\n" + "".join(f"{number},{'ab'[number % 2]}\n" for number in range(10)))
    write(tmp_path, "test.csv", "id,width,height\n20,10,8\n")
    assert [len(source) for source in label_table_sources(tmp_path)] == [8, 2]


def test_other_tables_are_none(tmp_path):
    assert label_table_sources(tmp_path) is None
    write(tmp_path, "labels.csv", "class_id,name\n0,cat\n")
    write(tmp_path, "train.csv", "")
    assert label_table_sources(tmp_path) is None


@pytest.mark.parametrize(
    ("train", "val", "message"),
    [
        ("file,label\na.jpg,x\n", "file,label\nb.jpg,y\n", "'y' only in .*val.csv'; .*train.csv' has 'x'"),
        ("file,label\nnone.jpg,x\n", "file,label\nb.jpg,x\n", "must exist. .*'none.jpg'"),
        ("file,label\na.jpg,x\na.jpg,y\n", "file,label\nb.jpg,x\n", "name each picture once. .*a.jpg"),
        (
            "file,label\na.jpg,x\nb.jpg\n",
            "file,label\nb.jpg,x\n",
            "the 2 cells of the first one. Received: row 3 with 1",
        ),
        (
            "file,label\na.jpg,x\nb.jpg,\n",
            "file,label\nb.jpg,x\n",
            "must have a label. .*train.csv' without one of 'b.jpg'",
        ),
        (
            "file,x,y\na.jpg,1,7\n",
            "file,label\nb.jpg,x\n",
            "a column of labels.*train.csv' with the columns 'file', 'x'",
        ),
        ("file,x,x\na.jpg,1,0\n", "file,x,x\nb.jpg,1,0\n", "must have different names"),
    ],
)
def test_wrong_tables(tmp_path, train, val, message):
    pictures(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path, "train.csv", train)
    write(tmp_path, "val.csv", val)
    with pytest.raises(ValueError, match=message):
        label_table_sources(tmp_path)


def test_one_separator_for_all_cells(tmp_path):
    pictures(tmp_path, *(f"{number}.jpg" for number in range(4)))
    cells = ["Paris, France;Rome, Italy", "Paris, France", "Rome, Italy", "Paris, France"]
    write(tmp_path, "labels.csv", "file,label\n" + "".join(f'{n}.jpg,"{cell}"\n' for n, cell in enumerate(cells)))
    assert label_table_sources(tmp_path)[0].class_names == ("Paris, France", "Rome, Italy")
