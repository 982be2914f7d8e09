"""Reads detection data sets in the format of PASCAL VOC, with an XML file for each picture."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from keras_mobilevitv3.array_types import FilePath
from training.sources.box_checks import check_class_names, check_in_pixels, is_usable, log_boxes_without_area
from training.sources.box_files import BoxFileSource, Objects
from training.sources.class_lists import CLASS_FILES, read_class_list
from training.sources.file_names import find_files
from training.sources.pictures import some, visible_files
from training.sources.splits import (
    TRAIN_NAMES,
    VALIDATION_NAMES,
    VALIDATION_SPLIT,
    find_splits,
    first_of,
    split_samples,
)
from training.sources.text_files import read_text

LISTS = Path("ImageSets") / "Main"
LIST_NAMES = ((TRAIN_NAMES, VALIDATION_NAMES), (("trainval",), ("test",)))


class _Split(NamedTuple):
    """The XML files of a split and the folders that may have their pictures."""

    files: Sequence[Path]
    folders: Sequence[Path]


class _XmlFile(NamedTuple):
    """The contents of an XML file: name and size of the picture; class, box and difficulty of each object."""

    path: Path
    picture: str
    size: tuple[int, int]
    names: list[str]
    boxes: list
    difficult: list[bool]


def voc_detection_sources(
    root: FilePath, validation_split: float = VALIDATION_SPLIT
) -> tuple[BoxFileSource, BoxFileSource] | None:
    """Returns the sources of training and validation of a folder with an XML file for each picture.

    The folder has one of these layouts, where `val` may also be `valid`, `validation` or `test`:

    - `Annotations/*.xml`, `JPEGImages/` and the lists `ImageSets/Main/train.txt` and `val.txt`;
    - `train` and `val` with XML files, next to the pictures or in other folders;
    - XML files and pictures in any folders, which the function splits.

    Classes are in alphabetical order, or in the order of a file `classes.txt`. Objects with the flag `difficult` are
    not used for training, and the evaluation does not count them. Coordinates are used as written.

    Args:
        root: String or `os.PathLike`, the folder, or a folder that contains `VOC2012` or `VOCdevkit/VOC2012`.
        validation_split: Float in (0, 1), fraction of the pictures for validation if the folder is not split. Defaults
            to `0.2`.

    Returns:
        Tuple of two `BoxFileSource`, or `None` if the folder has no XML files.

    Raises:
        ValueError: If a file is wrong, pictures are missing, or a class occurs in validation only.
    """
    root = _find_root(Path(root))
    splits = _listed(root) or _in_folders(root)
    if not splits[0].files:
        return None
    contents = [[_read(path) for path in split.files] for split in splits]
    found = [sorted({name for each in split for name in each.names}) for split in contents]
    class_list = root / CLASS_FILES[0]
    names = list(read_class_list(class_list)[0]) if class_list.is_file() else found[0]
    for each, split in zip(found, splits):
        check_class_names(names, each, (class_list if class_list.is_file() else root, split.files[0].parent))
    sources = [_source(*each, names, root) for each in zip(splits, contents)]
    if len(sources) == 2:
        return tuple(sources)
    parts = split_samples(root, sources[0].paths, validation_split)
    return tuple(sources[0].select(part) for part in parts)


def _find_root(root):
    folders = [root / name for name in ("", "VOC2012", "VOCdevkit/VOC2012", "VOC2007", "VOCdevkit/VOC2007")]
    return next((folder for folder in folders if (folder / LISTS).is_dir()), root)


def _listed(root):
    """Returns the two splits that lists of names define, or `None` if there are no lists."""
    lists = {path.stem: path for path in (root / LISTS).glob("*.txt")}
    pairs = [(first_of(names, lists), first_of(others, lists)) for names, others in LIST_NAMES]
    pair = next((pair for pair in pairs if all(pair)), None)
    if pair is None:
        return None
    splits = []
    for path in (lists[name] for name in pair):
        stems = [line.split()[0] for line in read_text(path).splitlines() if line.strip()]
        files = [root / "Annotations" / f"{stem}.xml" for stem in stems]
        missing = [str(file) for file in files if not file.is_file()]
        if missing or not files:
            raise ValueError(
                f"Each name in {str(path)!r} must have an XML file in 'Annotations'. Received: {len(files)} names, "
                f"missing files {some(missing)}"
            )
        splits.append(_Split(files, [root / "JPEGImages", root / "images"]))
    return splits


def _in_folders(root):
    """Returns the splits of the folders `train` and `val`, or one split for all files."""
    annotations = next((root / name for name in ("Annotations", "annotations") if (root / name).is_dir()), root)
    train, validation = find_splits(annotations)
    if validation is None and annotations != root:
        train, validation = (annotations, None) if _xml_files(annotations) else find_splits(root)
    splits = []
    for folder in filter(None, (train, validation)):
        files = _xml_files(folder)
        places = [*dict.fromkeys(path.parent for path in files), folder / "images", folder / "JPEGImages", folder]
        pictures = [root / "JPEGImages", root / "images"]
        places += [*(each / folder.name for each in pictures), root / folder.name, *pictures, root]
        splits.append(_Split(files, places))
    if len(splits) == 2 and splits[0].files and not splits[1].files:
        raise ValueError(f"{str(validation)!r} must have XML files, as {str(train)!r} has. Received: none")
    return splits


def _xml_files(folder):
    return [path for path in visible_files(folder) if path.suffix.lower() == ".xml"]


def _read(path):
    try:
        tree = ElementTree.parse(path).getroot()
        size = tuple(int(float(tree.findtext(f"size/{side}") or 0)) for side in ("height", "width"))
        objects = tree.findall("object")
        boxes = [
            [float(each.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")] for each in objects
        ]
    except (ElementTree.ParseError, TypeError, ValueError) as error:
        raise ValueError(
            "Annotations must be XML files of PASCAL VOC, each object with `name` and a `bndbox` of numbers. "
            f"Received: {str(path)!r}: {error}"
        ) from error
    names = [(each.findtext("name") or "").strip() for each in objects]
    if not all(names):
        raise ValueError(f"Each object must have a `name`. Received: {str(path)!r} without one")
    difficult = [(each.findtext("difficult") or "0").strip() not in ("0", "") for each in objects]
    picture = (tree.findtext("filename") or "").strip()
    return _XmlFile(path, picture, size if min(size) > 0 else (0, 0), names, boxes, difficult)


def _source(split, contents, names, root):
    labels = {name: label for label, name in enumerate(names)}
    objects = [Objects([], [], [], [], each.size) for each in contents]
    left_out = 0
    for each, kept in zip(contents, objects):
        for number, (name, box, difficult) in enumerate(zip(each.names, each.boxes, each.difficult), start=1):
            if is_usable(box, each.size, f"object {number} of {str(each.path)!r}"):
                kept.boxes.append(box)
                kept.labels.append(labels[name])
                kept.crowd.append(difficult)
            else:
                left_out += 1
    log_boxes_without_area(root, left_out)
    check_in_pixels([box for each in objects for box in each.boxes], split.files[0].parent)
    return BoxFileSource(_pictures(split, contents), objects, names)


def _pictures(split, contents):
    """Finds the pictures of XML files by the names of the files, or by the names inside the files."""
    try:
        return find_files([path.stem for path in split.files], split.folders, split.files[0].parent)
    except ValueError:
        return find_files([each.picture for each in contents], split.folders, split.files[0].parent)
