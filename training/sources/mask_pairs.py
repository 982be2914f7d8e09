"""Matches pictures and masks by their names."""

from collections import defaultdict
from pathlib import Path

from training.sources.mask_decoding import MASK_SUFFIXES
from training.sources.pictures import find_pictures, log_left_out, some, without_copies

MASK_ENDINGS = tuple(
    mark + word for word in ("mask", "masks", "label", "labels", "gt", "seg", "L", "segmentation") for mark in "_-."
)
PICTURE_ENDINGS = tuple(mark + word for word in ("image", "img", "sat", "rgb", "picture") for mark in "_-.")


def match_masks(pictures: Path, masks: Path) -> tuple[list[Path], list[Path]]:
    """Matches pictures and masks by their names without the suffix, in folders of any depth.

    Names of masks may have an additional ending such as `_mask`, and names of pictures an ending such as `_image`.

    Args:
        pictures: `pathlib.Path`, the folder of the pictures.
        masks: `pathlib.Path`, the folder of the masks. It may be the folder of the pictures if the names of masks have
            an ending.

    Returns:
        Tuple of the paths of the pictures and of their masks, in the order of the names.

    Raises:
        FileNotFoundError: If a folder does not exist.
        ValueError: If two files have the same name, a picture has no mask, a mask has no picture, or masks are JPEG
            files.
    """
    for folder in (pictures, masks):
        if not folder.is_dir():
            raise FileNotFoundError(f"There must be a folder of images and one of masks. Received: no {str(folder)!r}")
    left_out = defaultdict(list)
    files = without_copies(find_pictures(pictures, left_out), left_out)
    if pictures == masks:
        mask_files = _with_ending(files)
        files = [path for path in files if path not in mask_files]
    else:
        mask_files = without_copies(find_pictures(masks, left_out), left_out)
    log_left_out(pictures.parent if pictures != masks else pictures, left_out)
    pairs = _pair(_by_stem(files, pictures), _by_stem(mask_files, masks), pictures, masks)
    lossy = [path for _, path in pairs if path.suffix.lower() not in MASK_SUFFIXES]
    if lossy:
        raise ValueError(
            f"Masks must be PNG files, or others of {list(MASK_SUFFIXES)}: formats such as JPEG change the labels. "
            f"Received: {some(lossy)}"
        )
    return [path for path, _ in pairs], [path for _, path in pairs]


def _pair(by_stem, masks_by_stem, pictures, masks):
    """Returns pairs of a picture and its mask. Raises `ValueError` if a file has no partner or two partners."""
    pairs, lonely = [], []
    for stem, picture in sorted(by_stem.items()):
        names = {stem, *(stem.removesuffix(ending) for ending in PICTURE_ENDINGS)}
        names |= {name + ending for name in names for ending in MASK_ENDINGS}
        found = sorted(names & masks_by_stem.keys())
        found = [stem] if stem in found else found
        if len(found) > 1:
            raise ValueError(
                f"Each image must have one mask. Received: {str(picture)!r} with "
                f"{some(masks_by_stem[name] for name in found)}"
            )
        if found:
            pairs.append((picture, masks_by_stem[found[0]]))
        else:
            lonely.append(str(picture.relative_to(pictures)))
    taken = {mask for _, mask in pairs}
    lonely += [str(mask.relative_to(masks)) for mask in masks_by_stem.values() if mask not in taken]
    if lonely or not pairs:
        raise ValueError(
            f"Each image must have a mask of its name, or with an ending such as `_mask`. Received: {str(pictures)!r} "
            f"and {str(masks)!r} with {len(lonely)} files that have no partner: {some(lonely)}"
        )
    return pairs


def _with_ending(files):
    """Returns the files of a folder whose names are the name of another file and an ending of masks."""
    stems = {path.with_suffix("") for path in files}
    bases = stems | {
        path.with_name(path.name.removesuffix(ending))
        for path in stems
        for ending in PICTURE_ENDINGS
        if path.name != ending
    }
    return {
        path
        for path in files
        for ending in MASK_ENDINGS
        if path.stem.endswith(ending) and path.with_name(path.stem.removesuffix(ending)) in bases
    }


def _by_stem(files, folder):
    by_stem = {}
    for path in files:
        stem = str(path.relative_to(folder).with_suffix(""))
        if stem in by_stem:
            raise ValueError(
                f"Files of images, and of masks, must differ in more than the suffix. Received: {str(by_stem[stem])!r} "
                f"and {str(path)!r}"
            )
        by_stem[stem] = path
    return by_stem
