"""Images in one folder for each class."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from training.data.epoch_plan import epoch_order

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif")


class FolderSource:
    """A folder with a folder of images for each class, as `root/train/<class>/*.jpg`.

    Classes are numbered in the order of their names, files sorted by path; deeper folders are searched too. A file
    counts as an image by its suffix: `.jpg`, `.jpeg`, `.png`, `.bmp` or `.gif`, in small or capital letters.

    Args:
        folder: String or `os.PathLike`, the folder with the folders of the classes.

    Attributes:
        class_names: Tuple of strings.
        paths: List of strings.
        labels: Integer array of shape `(count,)`.
    """

    def __init__(self, folder):
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"There must be a folder of images, one folder for each class, at {str(folder)!r}")
        classes = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        if not classes:
            raise ValueError(f"A folder of images must have a folder for each class. Received: {str(folder)!r}")
        self.folder = folder
        self.class_names = tuple(classes)
        found = [_images(folder / name) for name in classes]
        empty = [name for name, paths in zip(classes, found) if not paths]
        if empty:
            raise ValueError(
                f"Each class must have images, with one of the suffixes {', '.join(SUFFIXES)}. "
                f"Received: {str(folder)!r} with {_some(empty)} empty"
            )
        self.paths = [path for paths in found for path in paths]
        self._path_tensor = tf.constant(self.paths)  # a million strings take a second to convert
        self.labels = np.repeat(np.arange(len(classes)), [len(paths) for paths in found])

    def __len__(self):
        return len(self.paths)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": tf.gather(self._path_tensor, order), "label": tf.constant(self.labels[order])}
        return tf.data.Dataset.from_tensor_slices(samples)

    def load(self, reference):
        return tf.io.read_file(reference["name"])


def folder_sources(root):
    """Returns the sources of training and validation in `root/train` and `root/val`, which must have the same classes.

    Args:
        root: String or `os.PathLike`.

    Returns:
        Tuple of two `FolderSource`.
    """
    root = Path(root)
    train, validation = FolderSource(root / "train"), FolderSource(root / "val")
    missing = sorted(set(train.class_names) - set(validation.class_names))
    added = sorted(set(validation.class_names) - set(train.class_names))
    if missing or added:
        raise ValueError(
            f"`train` and `val` must have the same classes. Received: {str(root)!r} with {_some(missing)} only in "
            f"`train` and {_some(added)} only in `val`"
        )
    return train, validation


def _images(folder):
    return sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _some(names):
    """Names for a message, not a thousand of them."""
    shown = ", ".join(repr(name) for name in names[:5]) or "none"
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
