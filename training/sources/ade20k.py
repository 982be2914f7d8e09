"""ADE20K, as the scene parsing challenge of 2016 gives it."""

from pathlib import Path

from keras_mobilevitv3.preprocessing import class_names
from training.data.mask_files import MaskFileSource, match_by_stem


def ade20k_sources(root):
    """Returns the sources of training and evaluation, of 150 classes; what the masks have as 0 is void.

    Args:
        root: String or `os.PathLike`, the folder `ADEChallengeData2016`, or the one that it is in.

    Returns:
        Tuple of two `MaskFileSource`.

    Raises:
        FileNotFoundError: If there are no such folders.
    """
    root = find_ade20k(root) or Path(root)
    return tuple(
        MaskFileSource(
            *match_by_stem(root / "images" / split, root / "annotations" / split),
            class_names("ade20k"),
            zero_is_void=True,
        )
        for split in ("training", "validation")
    )


def find_ade20k(root):
    """The folder with `annotations/training` in or below a folder, or `None`."""
    for folder in ("", "ADEChallengeData2016"):
        if (Path(root) / folder / "annotations" / "training").is_dir():
            return Path(root) / folder
    return None
