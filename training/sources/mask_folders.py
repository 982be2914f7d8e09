"""Reads folders of pictures and masks."""

import logging
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.augment import VOID
from training.sources.class_lists import CLASS_FILES, find_class_list, read_class_list
from training.sources.mask_files import MaskFileSource, check_first_samples
from training.sources.mask_pairs import match_masks
from training.sources.pictures import some, visible_folders
from training.sources.source import UnreadableSampleError
from training.sources.splits import VALIDATION_SPLIT, find_splits, first_of, split_samples

logger = logging.getLogger(__name__)

PICTURE_FOLDERS = ("images", "image", "imgs", "img", "pictures", "jpegimages")
MASK_FOLDERS = (
    *("masks", "mask", "labels", "label", "annotations", "annotation", "segmentationclass", "segmentation", "gt"),
)
MASK_FOLDER_ENDINGS = ("_masks", "_mask", "_labels", "_label", "annot", "_annotations")
LOOKED_AT = 50  # number of masks of each source


def mask_folder_sources(
    root: FilePath, validation_split: float = VALIDATION_SPLIT
) -> tuple[MaskFileSource, MaskFileSource]:
    """Returns the sources of training and validation of folders of pictures and masks.

    The folder has a file `classes.txt`, see `read_class_list`, and one of these layouts, where `val` may also be
    `valid`, `validation` or `test`:

    - `train/images`, `train/masks`, `val/images`, `val/masks`, or `images/train`, `masks/train` and so on;
    - `train`, `train_masks`, `val` and `val_masks`; or only `train` and `train_masks`, which the function splits;
    - `train` and `val`, both with pictures and masks; names of masks have an ending, such as `x_mask.png`;
    - `images` and `masks`, or one folder of pictures and masks with such endings, which the function splits.

    Masks of two classes may be black and white, with 255 for the second class.

    Args:
        root: String or `os.PathLike`.
        validation_split: Float in (0, 1), fraction of the samples for validation if the folder is not split. Defaults
            to `0.2`.

    Raises:
        FileNotFoundError: If the folder has none of these layouts.
        ValueError: If pictures and masks do not match, or masks have wrong values.
    """
    root = Path(root)
    class_list = find_class_list(root)
    if class_list is None:
        raise FileNotFoundError(
            f"A folder of images and masks must have a file {CLASS_FILES[0]} with the class names, one a line, "
            f"the background too. Received: {str(root)!r}"
        )
    names, colors = read_class_list(class_list)
    if len(names) < 2:
        raise ValueError(
            "There must be two or more classes, the background included. "
            f"Received: {str(class_list)!r} with {list(names)}"
        )
    pairs = _find_pairs(root, validation_split)
    sources = tuple(MaskFileSource(*each, names, colors=colors) for each in pairs)
    if colors is None:
        find_foreground(sources, root)
    for source in sources:
        check_first_samples(source)
    return sources


def _find_pairs(root, validation_split):
    """Returns the paths of pictures and masks of training and of validation."""
    folders = _pair_folders(root)
    train, validation = find_splits(folders[0] if folders else root, is_ignored=_holds_masks)
    if validation is not None:
        if folders:
            return [match_masks(split, folders[1] / split.name) for split in (train, validation)]
        return [match_masks(*(_pair_folders(split) or _folders_beside(split))) for split in (train, validation)]
    if not folders:
        folders = _pair_folders(train) or _folders_beside(train)
    paths = np.array(match_masks(*folders), object)
    return [paths[:, part] for part in split_samples(root, paths[0], validation_split)]


def _pair_folders(folder):
    """Returns the folders of pictures and of masks in a folder, or `None`."""
    found = {path.name.lower(): path for path in visible_folders(folder)}
    pictures, masks = first_of(PICTURE_FOLDERS, found), first_of(MASK_FOLDERS, found)
    return (found[pictures], found[masks]) if pictures and masks else None


def _holds_masks(folder):
    return folder.name.lower().endswith(MASK_FOLDER_ENDINGS)


def _folders_beside(split):
    """Returns a folder of pictures, and the folder of its masks: its name and an ending, or the same folder."""
    beside = [split.with_name(split.name + ending) for ending in MASK_FOLDER_ENDINGS]
    return split, next((path for path in beside if path.is_dir()), split)


def find_foreground(sources: tuple[MaskFileSource, ...], root: FilePath) -> None:
    """Finds out what 255 means in masks of two classes: the second class, or no label.

    The function looks at 50 masks of each source, and sets `foreground` of the sources.

    Raises:
        ValueError: If some masks have 0 and 255 and others 0 and 1, or all masks have 0 and 255 for more than two
            classes.
    """
    values = {}
    for source in sources:
        for reference in np.unique(np.linspace(0, len(source) - 1, LOOKED_AT).astype(int)):
            try:
                values[source.mask_paths[reference]] = set(np.unique(source.load_mask(reference)).tolist())
            except UnreadableSampleError:
                continue
    found = set().union(*values.values())
    classes = len(sources[0].class_names)
    if VOID in found and found <= {0, VOID}:
        if classes > 2:
            raise ValueError(
                f"Masks must have the labels of {classes} classes, where {VOID} is for pixels without a label. "
                f"Received: {str(root)!r} with masks of 0 and {VOID} only"
            )
        logger.warning("%s: masks have 0 and %d, so %d is the class %r", root, VOID, VOID, sources[0].class_names[1])
        for source in sources:
            source.foreground = VOID
    elif classes == 2 and VOID in found and not any({1, VOID} <= each for each in values.values()):
        ones, voids = (next(path for path, each in values.items() if value in each) for value in (1, VOID))
        raise ValueError(
            f"Masks of two classes must have the values 0 and 1, or 0 and {VOID}. Received: {ones!r} with 1 and "
            f"{voids!r} with {VOID}. If {VOID} is for pixels without a label, give colors in {CLASS_FILES[0]}, as "
            "`name 0 0 0`, `name 1 1 1` and `void 255 255 255`"
        )
    missing = [name for label, name in enumerate(sources[0].class_names) if label not in found]
    if missing and sources[0].foreground != VOID:
        logger.warning("%s: the %d masks read have no pixel of the classes %s", root, len(values), some(missing))
