"""Files of images and masks."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.augment import VOID
from training.sources.mask_decoding import decode_mask
from training.sources.orientation import stored_form, turn_upright
from training.sources.pictures import read_picture
from training.sources.source import NumberedSamples, UnreadableSampleError

TRIED_FIRST = 3  # number of samples; if all of them fail, the data set is wrong, not a single file


class MaskFileSource(NumberedSamples):
    """Files of images with one mask each. A `SegmentationSource`.

    A mask must have the size of its image, upright by EXIF. A mask with the size of the stored pixels is turned as its
    image.

    Args:
        image_paths: Sequence of paths.
        mask_paths: Sequence of paths in the same order, see `decode_mask`.
        class_names: Sequence of strings, at most 255, in the order of the labels.
        zero_is_void, colors: See `decode_mask`.

    Attributes:
        foreground: Integer, the value of the second of two classes in the files, 255 in black and white masks. Defaults
            to `1`.

    Raises:
        ValueError: If the numbers of masks and images differ.
    """

    def __init__(
        self,
        image_paths: Sequence[FilePath],
        mask_paths: Sequence[FilePath],
        class_names: Sequence[str],
        zero_is_void: bool = False,
        colors: Mapping[tuple[int, int, int], int] | None = None,
    ):
        if len(image_paths) != len(mask_paths) or not len(image_paths):
            raise ValueError(
                "`image_paths` and `mask_paths` must be as many, one or more. "
                f"Received: {len(image_paths)} images and {len(mask_paths)} masks"
            )
        check_class_count(class_names)
        self.image_paths, self.mask_paths = [str(path) for path in image_paths], [str(path) for path in mask_paths]
        self.class_names = tuple(class_names)
        self.zero_is_void, self.colors = zero_is_void, colors
        self.foreground = 1

    def __len__(self):
        return len(self.image_paths)

    def name(self, reference: int) -> str:
        """See `Source.name`."""
        return self.image_paths[reference]

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray]:
        """See `SegmentationSource.load`."""
        image = read_picture(self.image_paths[reference])
        return image, _as_image(self.load_mask(reference), image, self.image_paths[reference])

    def load_mask(self, reference: int) -> np.ndarray:
        """Reads the mask of a sample, without a comparison with its image."""
        path = self.mask_paths[reference]
        mask = decode_mask(path, path, len(self.class_names), self.colors, self.zero_is_void)
        if self.foreground == VOID:
            if np.any(mask == 1):
                raise UnreadableSampleError(
                    f"The masks of this data set have 0 and {VOID}. Received: {path!r} with the value 1"
                )
            mask = (mask == VOID).astype("uint8")
        return mask


def check_first_samples(source) -> None:
    """Raises `ValueError` if the first samples of a source all fail. Single bad samples are skipped in training."""
    errors = []
    for reference in source.references()[:TRIED_FIRST]:
        try:
            source.load(reference)
            return
        except UnreadableSampleError as error:
            errors.append(error)
    raise ValueError(f"The first samples of the data set all fail. Received: {errors[0]}") from errors[0]


def check_class_count(class_names: Sequence[str]) -> None:
    """Raises `ValueError` unless there are 1 to 255 classes, which 8 bits can hold."""
    if not 1 <= len(class_names) <= VOID:
        raise ValueError(f"`class_names` must be 1 to {VOID} names. Received: {len(class_names)} names")


def _as_image(mask, image, path):
    """Returns the mask, turned as its image if necessary. Raises an error if the sizes differ."""
    if mask.shape == image.shape[:2]:
        return mask
    turned = turn_upright(mask, stored_form(path)[2])
    if turned.shape == image.shape[:2]:
        return turned
    raise UnreadableSampleError(
        f"A mask must have the size of its image, upright by EXIF. Received: {path!r} of {image.shape[1]}x"
        f"{image.shape[0]} pixels with a mask of {mask.shape[1]}x{mask.shape[0]}"
    )
