"""Splits data sets into training and validation."""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.pictures import some, visible_folders

logger = logging.getLogger(__name__)

TRAIN_NAMES = ("train", "training")
VALIDATION_NAMES = ("val", "valid", "validation", "test", "testing")  # the first folder that exists is used
VALIDATION_SPLIT = 0.2


def first_of(names: Sequence[str], found: dict) -> str | None:
    """Returns the first of some names that is a key of a dict, or `None`."""
    return next((name for name in names if name in found), None)


def find_splits(
    root: Path,
    is_split: Callable[[Path], bool] = lambda folder: True,
    is_ignored: Callable[[Path], bool] = lambda folder: False,
) -> tuple[Path, Path | None]:
    """Finds the folders of training and validation in a folder by their names, in lower or upper case.

    Args:
        root: `pathlib.Path`.
        is_split: Function of a folder with such a name. It returns whether the folder is part of a split, and not
            something else with the same name. By default, always `True`.
        is_ignored: Function of a folder. It returns whether the folder may be next to a folder of training that is to
            be split. By default, always `False`.

    Returns:
        Tuple of the folders of training and validation. Without a folder of validation, the second is `None`, and the
        first is the folder to split: `root`, or the folder of training if it is the only folder.

    Raises:
        ValueError: If only one of the two folders exists, next to other folders.
    """
    folders = visible_folders(root)
    splits = {path.name.lower(): path for path in folders if is_split(path)}
    train, validation = first_of(TRAIN_NAMES, splits), first_of(VALIDATION_NAMES, splits)
    if train and validation:
        return splits[train], splits[validation]
    others = [path for path in folders if not is_ignored(path) and path != splits.get(train)]
    if train and not validation and not others:
        return splits[train], None
    if train or validation:
        raise ValueError(
            f"A data set must have a folder {TRAIN_NAMES[0]!r} and one of {list(VALIDATION_NAMES)}, or neither. "
            f"Received: {str(root)!r} with the folders {some(path.name for path in folders)}"
        )
    return root, None


def split_samples(
    root: FilePath, names: Sequence[FilePath], validation_split: float, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Splits samples by a hash of their names, and logs the sizes of the two parts.

    Added or removed samples hardly change the part of the other samples: at most one sample of each class moves for
    each of them.

    Args:
        root: String or `os.PathLike`, the data set, for messages.
        names: Sequence of paths, the samples. Paths count relative to `root`.
        validation_split: Float in (0, 1), fraction of the samples for validation.
        labels: Integer array of the length of `names`, to split each class separately, or `None`. Defaults to `None`.

    Returns:
        Tuple of two integer arrays: the sorted numbers of the samples for training and for validation.

    Raises:
        ValueError: If `validation_split` is not in (0, 1), or a class has only one sample.
    """
    if not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be in (0, 1). Received: validation_split={validation_split}")
    hashes = np.array([_hash(os.path.relpath(name, root)) for name in names])
    groups = (
        [np.arange(len(names))] if labels is None else [np.flatnonzero(labels == label) for label in np.unique(labels)]
    )
    validation = []
    for group in groups:
        if len(group) < 2:
            what = "a data set" if labels is None else f"class {int(labels[group[0]])}"
            raise ValueError(
                "Splitting a data set into training and validation takes at least 2 samples, and 2 of each class. "
                f"Received: {str(root)!r} with {len(group)} in {what}. Add samples, or folders 'train' and 'val'."
            )
        held_out = min(max(round(validation_split * len(group)), 1), len(group) - 1)
        validation.append(group[np.argsort(hashes[group], kind="stable")][:held_out])
    validation = np.sort(np.concatenate(validation))
    train = np.setdiff1d(np.arange(len(names)), validation)
    logger.warning(
        "%s is not split: %d samples are for training, %d for validation (`validation_split=%g`)",
        *(root, len(train), len(validation), validation_split),
    )
    return train, validation


def _hash(name):
    digest = hashlib.blake2b(name.replace(os.sep, "/").encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest)
