import pickle

import numpy as np
import pytest

from tests.training.sources.image_files import decoded, write_folder, write_picture
from training.sources.class_folders import FolderSource, folder_sources


def test_sorted_classes_and_paths(tmp_path, caplog):
    paths = write_folder(tmp_path, 3, (8, 8))
    (tmp_path / "china" / "deep").mkdir()
    moved = paths[0].rename(tmp_path / "china" / "deep" / "A.JPEG")
    (tmp_path / "flower" / "notes.txt").write_text("no image")
    (tmp_path / "flower" / "._000.jpg").write_text("of another system")
    write_picture(tmp_path / "stray.jpg")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    source = FolderSource(tmp_path)
    assert source.class_names == ("china", "flower")
    assert source.paths == [str(path) for path in [paths[1], paths[2], moved, *paths[3:]]]
    assert source.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(source) == 6
    assert "left out 2 files: 1 .txt (" in caplog.text


def test_samples(tmp_path):
    paths = write_folder(tmp_path, 2, (8, 9))
    source = pickle.loads(pickle.dumps(FolderSource(tmp_path)))
    assert [source.name(reference) for reference in source.references()] == [str(path) for path in paths]
    image, label = source.load(source.references()[2])
    assert (label, type(label)) == (1, int)
    np.testing.assert_array_equal(image, decoded(paths[2].read_bytes()))


def test_every_format_of_pillow(tmp_path):
    for number, suffix in enumerate(("jpg", "png", "webp", "tiff", "BMP", "gif", "ppm", "JPEG")):
        write_picture(tmp_path / "a" / f"{number}.{suffix}")
    source = FolderSource(tmp_path)
    assert [source.load(reference)[0].shape for reference in source.references()] == [(8, 10, 3)] * 8


@pytest.mark.parametrize("validation_name", ["val", "valid", "validation", "test"])
def test_train_and_validation(tmp_path, validation_name):
    write_folder(tmp_path / "train", 2, (8, 8))
    write_folder(tmp_path / validation_name, 1, (8, 8))
    train, validation = folder_sources(tmp_path)
    assert (len(train), len(validation)) == (4, 2)
    assert train.class_names == validation.class_names == ("china", "flower")


def test_without_a_split(tmp_path):
    write_folder(tmp_path, 10, (8, 8))
    train, validation = folder_sources(tmp_path, 0.3)
    assert (np.bincount(train.labels).tolist(), np.bincount(validation.labels).tolist()) == ([7, 7], [3, 3])
    assert not set(train.paths) & set(validation.paths)
    assert all(f"/{('china', 'flower')[label]}/" in path for path, label in zip(train.paths, train.labels))
    assert folder_sources(tmp_path, 0.3)[1].paths == validation.paths


def test_a_class_called_train(tmp_path):
    for name in ("bus/0.jpg", "bus/1.jpg", "train/0.jpg", "train/1.jpg"):
        write_picture(tmp_path / name)
    assert folder_sources(tmp_path)[0].class_names == ("bus", "train")


def test_pictures_to_predict_beside_training(tmp_path):
    write_folder(tmp_path / "train", 5, (8, 8))
    write_picture(tmp_path / "test" / "0.jpg")
    assert [len(source) for source in folder_sources(tmp_path)] == [8, 2]
    (tmp_path / "val").mkdir()
    with pytest.raises(ValueError, match="one of .*'val'.*, or neither"):
        folder_sources(tmp_path)


def test_other_classes_in_validation(tmp_path):
    write_folder(tmp_path / "train", 1, (8, 8))
    for name in ("flower", "tree"):
        write_picture(tmp_path / "val" / name / "a.jpg")
    with pytest.raises(ValueError, match="same classes. .*'china' only in 'train' and 'tree' only in 'val'"):
        folder_sources(tmp_path)


def test_one_folder_is_no_class(tmp_path):
    write_folder(tmp_path / "dataset", 1, (8, 8))
    with pytest.raises(ValueError, match="each of two or more classes. Received: .* with the folder 'dataset'"):
        folder_sources(tmp_path)


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a folder of images, one folder for each class, at .*none"):
        FolderSource(tmp_path / "none")


def test_no_classes(tmp_path):
    with pytest.raises(ValueError, match="must have a folder for each class"):
        FolderSource(tmp_path)


def test_empty_classes(tmp_path):
    write_folder(tmp_path, 1, (8, 8))
    for number in range(7):
        (tmp_path / f"empty{number}").mkdir()
    with pytest.raises(ValueError, match="Each class must have images.*'empty4' and 2 more empty"):
        FolderSource(tmp_path)


def test_splits_without_class_folders_are_no_classes(tmp_path):
    for name in ("train/cat.0.jpg", "train/dog.0.jpg", "test/1.jpg", "test/2.jpg"):
        write_picture(tmp_path / name)
    with pytest.raises(ValueError, match="must have a folder of images for each class.*'test', 'train'"):
        folder_sources(tmp_path)
