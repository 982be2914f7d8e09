"""Reads detection data sets in the format of YOLO, with a text file of boxes for each picture."""

import logging
from collections import defaultdict
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from training.sources.box_checks import check_class_names, log_boxes_without_area
from training.sources.box_files import BoxFileSource, Objects
from training.sources.class_lists import CLASS_FILES, read_class_list
from training.sources.file_names import find_files
from training.sources.pictures import find_pictures, log_left_out, some
from training.sources.splits import VALIDATION_NAMES, VALIDATION_SPLIT, find_splits, split_samples
from training.sources.text_files import read_text

logger = logging.getLogger(__name__)

NAME_FILES = (CLASS_FILES[0], f"labels/{CLASS_FILES[0]}", "obj.names", "train/_darknet.labels")
YAML_FILES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
TOLERANCE = 0.01  # fraction of the picture, for rounded numbers in text files


def yolo_sources(
    root: FilePath, validation_split: float = VALIDATION_SPLIT
) -> tuple[BoxFileSource, BoxFileSource] | None:
    """Returns the sources of training and validation of a folder with a text file of boxes for each picture.

    Lines are `class x y width height`, with the center of the box, or `class x1 y1 x2 y2 x3 y3 ...`, a polygon. The
    numbers are fractions of the width and height of the upright picture. Pictures without a text file have no objects.
    The class names are in `data.yaml`, which also says where the pictures are, or in `classes.txt`. Without
    `data.yaml`, the folder has one of these layouts:

    - `images/train`, `labels/train`, `images/val` and `labels/val`;
    - `train/images`, `train/labels`, `val/images` and `val/labels`;
    - `images` and `labels`, which the function splits.

    Args:
        root: String or `os.PathLike`.
        validation_split: Float in (0, 1), fraction of the pictures for validation if the folder is not split. Defaults
            to `0.2`.

    Returns:
        Tuple of two `BoxFileSource`, or `None` if the folder has none of these layouts.

    Raises:
        ValueError: If a file is wrong.
    """
    root = Path(root)
    yaml_file = next((path for name in YAML_FILES if (path := root / name).is_file()), None)
    if yaml_file is not None:
        names, splits = _read_yaml(yaml_file)
    else:
        splits = [[folder] for folder in _find_folders(root)]
        if not any(_label_file(path) for path in _pictures(splits[0], defaultdict(list))):
            return None
        names = _read_names(root)
    check_class_names(names, names, (yaml_file or root, yaml_file or root))
    left_out = defaultdict(list)
    sources = [_source(_pictures(places, left_out), names, places[0]) for places in splits]
    left_out.pop(".txt", None)  # the boxes
    log_left_out(root, left_out)
    if len(sources) == 2:
        shared = set(sources[0].paths) & set(sources[1].paths)
        if shared:
            logger.warning("%s: %d pictures are in training and in validation", root, len(shared))
        return tuple(sources)
    return tuple(sources[0].select(part) for part in split_samples(root, sources[0].paths, validation_split))


def _read_yaml(path):
    """Returns the class names of a `data.yaml`, and for each split the folders or lists of its pictures."""
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            f"{path.name} needs PyYAML. Install it with `pip install keras-mobilevitv3[train]`"
        ) from error

    try:
        data = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise ValueError(f"{str(path)!r} must be a YAML file: {error}") from error
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, dict):
        names = [names.get(label) for label in range(len(names))]
    if not isinstance(names, list) or not names or None in names or not data.get("train"):
        raise ValueError(
            f"{str(path)!r} must have `names`, a list or a dict from 0, 1, 2, ..., and `train`. "
            f"Received: {str(data)[:200]}"
        )
    if data.get("nc", len(names)) != len(names):
        raise ValueError(f"`nc` must be the number of `names`. Received: {str(path)!r} with nc={data['nc']}, {names}")
    if data.get("kpt_shape"):
        raise ValueError(f"Lines with keypoints are not read. Received: {str(path)!r} with `kpt_shape`")
    validation = next((data[name] for name in VALIDATION_NAMES if data.get(name)), None)
    splits = [each if isinstance(each, list) else [each] for each in (data["train"], validation) if each]
    base = path.parent / str(data.get("path") or "")
    return [str(name) for name in names], [[_find_place(each, base, path) for each in places] for places in splits]


def _find_place(name, base, yaml_file):
    """Returns the folder or list of pictures that a `data.yaml` names. Wrong parts like `../` are ignored."""
    inside = name.replace("\\", "/")
    while inside.startswith(("../", "./")):
        inside = inside.split("/", 1)[1]
    places = [yaml_file.parent / inside, base / inside, base / name]
    place = next((each for each in places if each.exists()), None)
    if place is None:
        raise ValueError(
            f"The folders in {str(yaml_file)!r} must exist. Received: {name!r}, and none of {some(places)}"
        )
    return place


def _read_names(root):
    path = next((path for name in NAME_FILES if (path := root / name).is_file()), None)
    if path is None:
        raise ValueError(
            f"A folder with text files of boxes must have {YAML_FILES[0]!r} or {CLASS_FILES[0]!r} with the "
            f"class names. Received: {str(root)!r}"
        )
    return read_class_list(path)[0]


def _find_folders(root):
    """Returns the folders of pictures of the splits, or the only folder."""
    if (root / "images").is_dir() and (root / "labels").is_dir():
        root = root / "images"
    return [path / "images" if (path / "images").is_dir() else path for path in find_splits(root) if path]


def _pictures(places, left_out):
    """Returns the pictures in folders, and the pictures that text files list."""
    paths = []
    for place in places:
        if place.is_dir():
            paths += find_pictures(place, left_out)
            continue
        names = [line.strip() for line in read_text(place).splitlines() if line.strip()]
        paths += find_files(names, [place.parent], place)
    return paths


def _label_file(picture):
    """Returns the text file of a picture, in the folder `labels` or next to the picture, or `None`."""
    parts = list(picture.parts)
    candidates = [picture.with_suffix(".txt")]
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
        candidates.insert(0, Path(*parts).with_suffix(".txt"))
    return next((path for path in candidates if path.is_file()), None)


def _source(pictures, names, place):
    files = [_label_file(path) for path in pictures]
    if not any(files):
        raise ValueError(
            "Pictures must have text files of their boxes, in a folder 'labels' next to 'images', or next to the "
            f"pictures. Received: {len(pictures)} pictures in {str(place)!r} without one"
        )
    if None in files:
        logger.warning("%s: %d of %d pictures have no boxes", place, files.count(None), len(files))
    left_out, objects = 0, []
    for file in files:
        boxes, labels = _read_boxes(file, len(names)) if file else ([], [])
        kept = [row for row, (left, top, right, bottom) in enumerate(boxes) if right > left and bottom > top]
        left_out += len(boxes) - len(kept)
        objects.append(Objects([boxes[row] for row in kept], [labels[row] for row in kept], [False] * len(kept)))
    log_boxes_without_area(place, left_out)
    return BoxFileSource(pictures, objects, names, normalized=True)


def _read_boxes(file, num_classes):
    """Returns the boxes, xyxy as fractions of the picture, and the labels of a text file."""
    boxes, labels = [], []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if not line.strip():
            continue
        label, *values = _numbers(line)
        if not (label.is_integer() and 0 <= label < num_classes):
            raise ValueError(
                f"Lines must begin with a class from 0 to {num_classes - 1} and have numbers only. "
                f"Received: line {number} of {str(file)!r}: {line[:80]!r}"
            )
        is_polygon = len(values) >= 6 and len(values) % 2 == 0
        if not (is_polygon or len(values) == 4) or not all(-TOLERANCE <= value <= 1 + TOLERANCE for value in values):
            raise ValueError(
                "Lines must have the center, width and height of a box, or the corners of a polygon, as fractions of "
                f"the picture from 0 to 1. Received: line {number} of {str(file)!r}: {line[:80]!r}"
            )
        labels.append(int(label))
        boxes.append(_extent(values) if is_polygon else _corners(*values))
    return boxes, labels


def _numbers(line):
    """Returns the numbers of a line, or a list with one NaN if the line has other text."""
    try:
        return [float(field) for field in line.split()]
    except ValueError:
        return [float("nan")]


def _extent(values):
    return [min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])]


def _corners(x, y, width, height):
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
