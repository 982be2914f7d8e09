"""Reads images that are in one folder for each class."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.labelled_files import LabelledFileSource
from training.sources.pictures import (
    find_pictures,
    is_hidden,
    is_picture,
    log_left_out,
    some,
    visible_folders,
    without_copies,
)
from training.sources.source import Source
from training.sources.splits import TRAIN_NAMES, VALIDATION_NAMES, VALIDATION_SPLIT, find_splits, split_samples


class FolderSource(LabelledFileSource):
    """A folder with one folder of images for each class, such as `root/train/<class>/*.jpg`. A `Source`.

    Classes are numbered in the order of their names. Files are sorted by path; files in deeper folders are included.
    A file counts as an image if Pillow reads its suffix. Hidden files and folders are left out without a message. One
    line of the log names the other files that are left out, copies of images included.

    Args:
        folder: String or `os.PathLike`, the folder that contains the folders of the classes.

    Attributes:
        class_names: Tuple of strings.
        paths: List of strings.
        labels: Integer array of shape `(count,)`.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If there are no classes, or a class has no images.
    """

    def __init__(self, folder: FilePath):
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"There must be a folder of images, one folder for each class, at {str(folder)!r}")
        classes = visible_folders(folder)
        if not classes:
            raise ValueError(f"A folder of images must have a folder for each class. Received: {str(folder)!r}")
        left_out = defaultdict(list)
        outside = [path.name for path in sorted(folder.iterdir()) if is_picture(path) and not is_hidden(path.name)]
        if outside:
            left_out["outside of the folders of classes"] = outside
        found = [without_copies(find_pictures(path, left_out), left_out) for path in classes]
        log_left_out(folder, left_out)
        empty = [path.name for path, pictures in zip(classes, found) if not pictures]
        if empty:
            raise ValueError(
                f"Each class must have images that Pillow reads. Received: {str(folder)!r} with {some(empty)} empty"
            )
        labels = np.repeat(np.arange(len(classes)), [len(pictures) for pictures in found])
        super().__init__([path for pictures in found for path in pictures], labels, [path.name for path in classes])


def folder_sources(root: FilePath, validation_split: float = VALIDATION_SPLIT) -> tuple[Source, Source]:
    """Returns the sources of training and validation of a folder of class folders.

    Args:
        root: String or `os.PathLike`, a folder with `train` and one of `val`, `valid`, `validation` and `test`, both
            with a folder for each class; or a folder of class folders, which the function splits.
        validation_split: Float in (0, 1), fraction of each class for validation if the function splits the folder.
            Defaults to `0.2`.

    Raises:
        FileNotFoundError, ValueError: See `FolderSource`. Also if the classes of training and validation differ, or
            there are too few samples for a split.
    """
    root = Path(root)
    train_folder, validation_folder = find_splits(root, _holds_folders_only, _is_unlabelled)
    names = {path.name.lower() for path in visible_folders(root)}
    if train_folder == root and names & set(TRAIN_NAMES) and names & set(VALIDATION_NAMES):
        raise ValueError(
            "The folders of training and validation must have a folder of images for each class, and no images beside "
            f"them. Received: {str(root)!r} with {some(sorted(names))}"
        )
    train = FolderSource(train_folder)
    if validation_folder is None:
        return _split(train, root, validation_split)
    validation = FolderSource(validation_folder)
    if train.class_names != validation.class_names:
        only_train = [name for name in train.class_names if name not in validation.class_names]
        only_validation = [name for name in validation.class_names if name not in train.class_names]
        raise ValueError(
            f"Training and validation must have the same classes. Received: {str(root)!r} with {some(only_train)} only "
            f"in {train_folder.name!r} and {some(only_validation)} only in {validation_folder.name!r}"
        )
    return train, validation


def _split(source, root, validation_split):
    if len(source.class_names) < 2:
        raise ValueError(
            "A folder of images must have 'train' and 'val', or a folder for each of two or more classes. "
            f"Received: {str(root)!r} with the folder {source.class_names[0]!r}"
        )
    parts = split_samples(root, source.paths, validation_split, source.labels)
    paths, names = np.array(source.paths, object), source.class_names
    return tuple(LabelledFileSource(paths[part], source.labels[part], names) for part in parts)


def _holds_folders_only(folder):
    """Returns whether a folder is a split, and not a class with the name `train` or `test`."""
    return bool(visible_folders(folder)) and not any(is_picture(path) for path in folder.iterdir())


def _is_unlabelled(folder):
    """Returns whether a folder has pictures without classes, as the test data of competitions have."""
    return folder.name.lower().startswith("test") and any(is_picture(path) for path in folder.iterdir())
