"""Detection data sets with an XML file for each picture, as PASCAL VOC has them."""

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
from training.sources.splits import TRAIN_NAMES, VALIDATION_NAMES, VALIDATION_SPLIT, find_splits, split_samples
from training.sources.text_files import read_text

LISTS = Path("ImageSets") / "Main"


class _Annotations(NamedTuple):
    """The XML files of a split and the folders that may have their pictures."""

    files: Sequence[Path]
    folders: Sequence[Path]


def voc_detection_sources(
    root: FilePath, validation_split: float = VALIDATION_SPLIT
) -> tuple[BoxFileSource, BoxFileSource] | None:
    """Returns the sources of training and validation of a folder with an XML file for each picture.

    The folder has one of these layouts, where `val` may also be `valid`, `validation` or `test`:

    - `Annotations/*.xml`, `JPEGImages/` and the lists `ImageSets/Main/train.txt` and `val.txt`;
    - `train` and `val` with XML files, beside the pictures or in folders of their own;
    - XML files and pictures in any folders, which the function splits.

    Classes are in the order of their names, or as a file `classes.txt` lists them. Objects that are `difficult` are not
    learnt, and not counted by the evaluation. Coordinates are taken as they are written.

    Args:
        root: String or `os.PathLike`, the folder, or one with `VOC2012` or `VOCdevkit/VOC2012` in it.
        validation_split: Float in (0, 1), fraction of the pictures for validation if the folder is not split. Defaults
            to `0.2`.

    Returns:
        Tuple of two `BoxFileSource`, or `None` if the folder has no XML files.

    Raises:
        ValueError: If a file is wrong, pictures are missing, or validation has a class that training has not.
    """
    root = _find_root(Path(root))
    splits = _listed(root) or _in_folders(root)
    if not splits[0].files:
        return None
    objects = [[_read(path) for path in split.files] for split in splits]
    found = [sorted({name for each in split for name in each[1]}) for split in objects]
    class_list = root / CLASS_FILES[0]
    names = list(read_class_list(class_list)[0]) if class_list.is_file() else found[0]
    for each, split in zip(found, splits):
        check_class_names(names, each, (class_list if class_list.is_file() else root, split.files[0].parent))
    sources = [_source(*each, names, root) for each in zip(splits, objects)]
    if len(sources) == 2:
        return tuple(sources)
    parts = split_samples(root, len(sources[0]), validation_split)
    return tuple(sources[0].select(part) for part in parts)


def _find_root(root):
    folders = [root / name for name in ("", "VOC2012", "VOCdevkit/VOC2012", "VOC2007", "VOCdevkit/VOC2007")]
    return next((folder for folder in folders if (folder / LISTS).is_dir()), root)


def _listed(root):
    """The two splits that lists of names give, or `None` if there are no lists."""
    names = [
        next((path for name in names if (path := root / LISTS / f"{name}.txt").is_file()), None)
        for names in (TRAIN_NAMES, VALIDATION_NAMES)
    ]
    if None in names:
        return None
    splits = []
    for path in names:
        stems = [line.split()[0] for line in read_text(path).splitlines() if line.strip()]
        files = [root / "Annotations" / f"{stem}.xml" for stem in stems]
        missing = [str(file) for file in files if not file.is_file()]
        if missing or not files:
            raise ValueError(
                f"Each name in {str(path)!r} must have an XML file in 'Annotations'. Received: {len(files)} names, "
                f"missing files {some(missing)}"
            )
        splits.append(_Annotations(files, [root / "JPEGImages", root / "images"]))
    return splits


def _in_folders(root):
    """The splits of folders `train` and `val`, or one for all."""
    annotations = next((root / name for name in ("Annotations", "annotations") if (root / name).is_dir()), root)
    train, validation = find_splits(annotations)
    if validation is None and annotations != root:
        train, validation = (annotations, None) if _xml_files(annotations) else find_splits(root)
    splits = []
    for folder in filter(None, (train, validation)):
        files = _xml_files(folder)
        places = [*dict.fromkeys(path.parent for path in files), folder / "images", folder / "JPEGImages", folder]
        places += [root / "images" / folder.name, root / folder.name, root / "JPEGImages", root / "images", root]
        splits.append(_Annotations(files, places))
    if len(splits) == 2 and splits[0].files and not splits[1].files:
        raise ValueError(f"{str(validation)!r} must have XML files, as {str(train)!r} has. Received: none")
    return splits


def _xml_files(folder):
    return [path for path in visible_files(folder) if path.suffix.lower() == ".xml"]


def _read(path):
    """The stated name of the picture of an XML file, the class names of its objects, and its `Objects`."""
    try:
        tree = ElementTree.parse(path).getroot()
        size = tuple(int(float(tree.findtext(f"size/{side}") or 0)) for side in ("height", "width"))
        objects = tree.findall("object")
        names = [(each.findtext("name") or "").strip() for each in objects]
        boxes = [
            [float(each.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")] for each in objects
        ]
        crowd = [(each.findtext("difficult") or "0").strip() not in ("0", "") for each in objects]
    except (ElementTree.ParseError, TypeError, ValueError) as error:
        raise ValueError(
            f"Annotations must be XML files of PASCAL VOC, each object with `name` and a `bndbox` of numbers. "
            f"Received: {str(path)!r}: {error}"
        ) from error
    if not all(names):
        raise ValueError(f"Each object must have a `name`. Received: {str(path)!r} without one")
    stated = (tree.findtext("filename") or "").strip()
    return stated, names, Objects(boxes, [], crowd, [], size if all(side > 0 for side in size) else (0, 0))


def _source(split, objects, names, root):
    labels = {name: label for label, name in enumerate(names)}
    left_out, kept = 0, []
    for path, (_, class_names, each) in zip(split.files, objects):
        usable = [
            is_usable(box, each.size, f"object {number} of {str(path)!r}")
            for number, box in enumerate(each.boxes, start=1)
        ]
        left_out += usable.count(False)
        rows = [row for row, is_kept in enumerate(usable) if is_kept]
        boxes, crowd = [each.boxes[row] for row in rows], [each.crowd[row] for row in rows]
        kept.append(Objects(boxes, [labels[class_names[row]] for row in rows], crowd, [], each.size))
    log_boxes_without_area(root, left_out)
    check_in_pixels([box for each in kept for box in each.boxes], split.files[0].parent)
    return BoxFileSource(_pictures(split, objects), kept, names)


def _pictures(split, objects):
    """The pictures of XML files: those of their names, or else those that they state."""
    folders = [folder for folder in split.folders if folder.is_dir()]
    names = [path.stem for path in split.files]
    try:
        return find_files(names, folders, split.files[0].parent)
    except ValueError:
        return find_files([stated for stated, _, _ in objects], folders, split.files[0].parent)
