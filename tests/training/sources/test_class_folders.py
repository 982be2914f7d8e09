import pytest

from tests.training.sources.image_files import write_folder
from training.sources.source import epoch_order
from training.sources.class_folders import FolderSource, folder_sources


def names(dataset):
    return [sample["name"].numpy().decode() for sample in dataset]


def test_sorted_classes_and_paths(tmp_path):
    paths = write_folder(tmp_path, 3, (8, 8))
    (tmp_path / "china" / "deep").mkdir()
    moved = paths[0].rename(tmp_path / "china" / "deep" / "A.JPEG")
    (tmp_path / "flower" / "notes.txt").write_text("no image")
    (tmp_path / ".cache").mkdir()
    source = FolderSource(tmp_path)
    assert source.class_names == ("china", "flower")
    assert source.paths == [str(path) for path in [paths[1], paths[2], moved, *paths[3:]]]
    assert source.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(source) == 6
    assert names(source.references()) == source.paths
    for sample in source.references().take(1):
        assert source.load(sample).numpy() == paths[1].read_bytes()


def test_order_of_an_epoch(tmp_path):
    write_folder(tmp_path, 5, (8, 8))
    source = FolderSource(tmp_path)
    samples = list(source.references(seed=4, epoch=2))
    order = epoch_order(10, 4, 2)
    assert [sample["name"].numpy().decode() for sample in samples] == [source.paths[index] for index in order]
    assert [int(sample["label"]) for sample in samples] == source.labels[order].tolist()


def test_train_and_validation(tmp_path):
    write_folder(tmp_path / "train", 2, (8, 8))
    write_folder(tmp_path / "val", 1, (8, 8))
    train, validation = folder_sources(tmp_path)
    assert (len(train), len(validation)) == (4, 2)
    assert train.class_names == validation.class_names == ("china", "flower")


def test_other_classes_in_validation(tmp_path):
    write_folder(tmp_path / "train", 1, (8, 8))
    write_folder(tmp_path / "val", 1, (8, 8), classes=("flower",))
    with pytest.raises(ValueError, match="same classes. Received: .* with 'china' only in `train` and none only in"):
        folder_sources(tmp_path)


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a folder of images, one folder for each class, at .*train"):
        folder_sources(tmp_path)


def test_no_classes(tmp_path):
    with pytest.raises(ValueError, match="must have a folder for each class"):
        FolderSource(tmp_path)


def test_empty_classes(tmp_path):
    write_folder(tmp_path, 1, (8, 8))
    for number in range(7):
        (tmp_path / f"empty{number}").mkdir()
    with pytest.raises(ValueError, match="Each class must have images.*'empty4' and 2 more empty"):
        FolderSource(tmp_path)
