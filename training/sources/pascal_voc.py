"""Reads PASCAL VOC 2012, with the masks of SBD and with COCO's images."""

from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.datasets import class_names
from training.sources.class_lists import find_class_list, read_class_list
from training.sources.mask_files import MaskFileSource, check_first_samples
from training.sources.text_files import read_text

LIST_FOLDERS = (Path("ImageSets") / "Segmentation", Path("list"))
TRAIN_LISTS = ("train_aug", "trainaug", "train")
COCO_FOLDER = "coco_voc"


def voc2012_sources(root: FilePath) -> tuple[MaskFileSource, MaskFileSource]:
    """Returns the sources of training and evaluation, with the classes of VOC or of a file `classes.txt`.

    The source of training has the images of the first existing list of `train_aug.txt`, `trainaug.txt` and `train.txt`,
    in `ImageSets/Segmentation` or `list` (see `read_list`). It also has COCO's images if `training.sources.coco_to_voc`
    has written their masks to `coco_voc`. The source of evaluation has the images of `val.txt`.

    Args:
        root: String or `os.PathLike`, the folder `VOC2012`, or a folder that contains `VOCdevkit/VOC2012` or `VOC2012`.

    Raises:
        FileNotFoundError: If there are no lists.
        ValueError: If the first samples all fail.
    """
    root = find_voc2012(root)
    train = read_list(_find_list(root, TRAIN_LISTS), root)
    coco = root / COCO_FOLDER
    if (coco / "train.txt").is_file():
        train = [paths + more for paths, more in zip(train, read_list(coco / "train.txt", coco))]
    class_list = find_class_list(root)
    names, colors = read_class_list(class_list) if class_list else (class_names("pascal_voc"), None)
    lists = (train, read_list(_find_list(root, ("val",)), root))
    sources = tuple(MaskFileSource(*paths, names, colors=colors) for paths in lists)
    for source in sources:
        check_first_samples(source)
    return sources


def find_voc2012(root: FilePath) -> Path | None:
    """Returns the folder with `JPEGImages` and a list of training images, at or below a folder, or `None`."""
    for folder in (Path(root) / name for name in ("", "VOC2012", "VOCdevkit/VOC2012")):
        if (folder / "JPEGImages").is_dir() and any(path.is_file() for path in _lists(folder, TRAIN_LISTS)):
            return folder
    return None


def read_list(path: Path, root: Path) -> tuple[list[str], list[str]]:
    """Reads a list of samples.

    Args:
        path: `pathlib.Path` of a text file. A line has the paths of an image and of its mask below `root`, separated by
            a space, or only a name. A name stands for `JPEGImages/<name>.jpg` and `SegmentationClassAug/<name>.png`, or
            `SegmentationClass/<name>.png` if there is no folder `SegmentationClassAug`.
        root: `pathlib.Path`, the folder of the data set.

    Returns:
        Tuple of two lists of strings, the paths of the images and of the masks.
    """
    lines = [line.split() for line in read_text(path).splitlines() if line.strip()]
    if any(len(line) > 2 for line in lines):
        raise ValueError(f"A list must have one or two columns. Received: {str(path)!r}")
    folders = ("SegmentationClassAug", "SegmentationClass")
    masks = next((folder for folder in folders if (root / folder).is_dir()), folders[-1])
    pairs = [line if len(line) == 2 else (f"JPEGImages/{line[0]}.jpg", f"{masks}/{line[0]}.png") for line in lines]
    return [str(root / pair[0].lstrip("/")) for pair in pairs], [str(root / pair[1].lstrip("/")) for pair in pairs]


def _find_list(root, names):
    path = next((path for path in _lists(root, names) if path.is_file()), None)
    if path is None:
        raise FileNotFoundError(f"There must be one of {[str(path) for path in _lists(root, names)]}")
    return path


def _lists(root, names):
    return [root / folder / f"{name}.txt" for name in names for folder in LIST_FOLDERS]
