"""Reads folders with pictures and annotations in COCO's format."""

import re
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from training.sources.box_checks import check_class_names
from training.sources.box_files import BoxFileSource
from training.sources.coco import CocoFile, CocoSource
from training.sources.pictures import is_hidden, some, visible_folders
from training.sources.splits import TRAIN_NAMES, VALIDATION_NAMES, VALIDATION_SPLIT, split_samples

# Words in the names of JSON files that do not say which split they are of.
OTHER_WORDS = {"annotations", "annotation", "coco", "instances", "labels", "bbox", "detection"}


def coco_sources(root: FilePath, validation_split: float = VALIDATION_SPLIT) -> tuple[BoxFileSource, BoxFileSource]:
    """Returns the sources of training and validation of a folder with annotations in COCO's format.

    The folder has one of these layouts, where `val` may also be `valid`, `validation` or `test`:

    - `annotations/instances_train2017.json`, `train2017/` and the same of `val2017`, with any year or without a year;
    - `annotations/train.json`, `train/`, `annotations/val.json` and `val/`; pictures may also be in `images/train/`;
    - `train/_annotations.coco.json` next to the pictures, and the same of `val`, as Roboflow writes;
    - one JSON file, in the folder or in `annotations`, and pictures anywhere, which the function splits.

    The classes of the two files are matched by their names. Labels and ids are those of training. Images without an
    annotation are left out of training.

    Args:
        root: String or `os.PathLike`.
        validation_split: Float in (0, 1), fraction of the images for validation if there is one file. Defaults to
            `0.2`.

    Raises:
        FileNotFoundError: If the folder has none of these layouts.
        ValueError: See `CocoSource`. Also if a class occurs in validation only.
    """
    root = Path(root)
    train, validation = find_coco_files(root)
    if train is None:
        raise FileNotFoundError(
            "There must be a JSON file of annotations and a folder of images for training and for validation, such as "
            "'annotations/train.json', 'train', 'annotations/val.json' and 'val', 'train/_annotations.coco.json' and "
            f"'valid/_annotations.coco.json', or one JSON file for all. Received: {str(root)!r}"
        )
    if validation is None:
        source = CocoSource(train, _picture_folders(root, train, ()))
        train_part, validation_part = split_samples(root, source.paths, validation_split)
        return source.select(train_part).with_objects(), source.select(validation_part)
    files = CocoFile(train), CocoFile(validation)
    check_class_names(*(list(file.names.values()) for file in files), (train, validation))
    classes = {name: number for number, name in files[0].names.items()}
    return tuple(
        CocoSource(file, _picture_folders(root, file.path, names), keep_empty, classes)
        for file, names, keep_empty in zip(files, (TRAIN_NAMES, VALIDATION_NAMES), (False, True))
    )


def find_coco_files(root: Path) -> tuple[Path | None, Path | None]:
    """Finds the JSON files of training and validation.

    Both are `None` if there is no JSON file. The second is `None` if there is one file for all images.

    Raises:
        ValueError: If the function cannot decide which files belong to training and validation.
    """
    folders = [root / "annotations", root]
    files = [path for folder in folders if folder.is_dir() for path in _json_files(folder)]
    splits = [_first_split(root, files, names) for names in (TRAIN_NAMES, VALIDATION_NAMES)]
    if all(splits):
        return splits[0], splits[1]
    files = [path for path in files if _is_coco(path)]
    if len(files) == 1:
        return files[0], None
    if files or any(splits):
        found = dict.fromkeys([*files, *filter(None, splits)])
        raise ValueError(
            "There must be JSON files of training and of validation, such as 'annotations/train.json' and "
            f"'annotations/val.json', or one for all. Received: {some(path.relative_to(root) for path in found)} in "
            f"{str(root)!r}"
        )
    return None, None


def _first_split(root, files, names):
    """Returns the first JSON file with one of the names, in the folders of annotations or in the folder of a split."""
    for name in names:
        beside = [path for each in visible_folders(root) if each.name.lower() == name for path in _json_files(each)]
        for path in files:
            if _words(path) == {name}:
                return path
        for path in beside:
            if _words(path) <= {name}:
                return path
    return None


def _json_files(folder):
    return sorted(path for path in folder.glob("*.json") if not is_hidden(path.name))


def _is_coco(path):
    """Returns whether a JSON file looks like COCO's format. Other tools also write JSON files next to pictures."""
    text = path.read_text("utf-8-sig", "replace")
    return '"annotations"' in text and '"images"' in text


def _words(path):
    return {word for word in re.split("[^a-z]+", path.stem.lower()) if word} - OTHER_WORDS


def _picture_folders(root, annotations, names):
    """Returns the folders that may have the pictures of a JSON file, the likely folders first."""
    year = "".join(re.findall(r"\d+", annotations.stem))
    splits = [name for name in names if name in annotations.stem.lower() or name == annotations.parent.name.lower()]
    places = [place for place in (root / "images", root) if place.is_dir()]
    found = {path.name.lower(): path for place in places for path in visible_folders(place)}
    own = [found[name + end] for name in splits for end in (year, "") if name + end in found]
    others = [] if names else visible_folders(root)
    return [*own, annotations.parent, root / "images", root / "data", root, annotations.parent / "images", *others]
