"""Reads ADE20K in the layout of the scene parsing challenge of 2016."""

from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.datasets import class_names
from training.sources.mask_files import MaskFileSource, check_first_samples
from training.sources.mask_pairs import match_masks


def ade20k_sources(root: FilePath) -> tuple[MaskFileSource, MaskFileSource]:
    """Returns the sources of training and evaluation, with 150 classes. Pixels of value 0 in the masks have no label.

    Args:
        root: String or `os.PathLike`, the folder `ADEChallengeData2016`, or the folder that contains it.

    Raises:
        FileNotFoundError: If the folders of images and masks do not exist.
        ValueError: If images and masks do not match, or the first samples all fail.
    """
    root = find_ade20k(root) or Path(root)
    names = class_names("ade20k")
    pairs = [match_masks(root / "images" / split, root / "annotations" / split) for split in ("training", "validation")]
    sources = tuple(MaskFileSource(*paths, names, zero_is_void=True) for paths in pairs)
    for source in sources:
        check_first_samples(source)
    return sources


def find_ade20k(root: FilePath) -> Path | None:
    """Returns the folder with `annotations/training`, at or below a folder, or `None`."""
    folders = (Path(root) / name for name in ("", "ADEChallengeData2016"))
    return next((folder for folder in folders if (folder / "annotations" / "training").is_dir()), None)
