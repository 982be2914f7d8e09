"""Converts pictures to the input of a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.families import Family
from keras_mobilevitv3.preprocessing.picture_reading import as_image
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels
from keras_mobilevitv3.preprocessing.published_evaluation import PUBLISHED_SIZE, evaluation_resize_size
from keras_mobilevitv3.preprocessing.resizing import center_crop, resize_part


@dataclass(frozen=True)
class ResizeAndCrop:
    """Resize of the shorter side and center crop of an image, as in `EvaluationTransform`, for crops of any shape.

    Args:
        resize_size: Integer, length of the shorter side after the resize.
        crop_size: Tuple of integers, height and width of the crop.
        interpolation: As in `resize_image`.
        antialias: As in `resize_image`.
    """

    resize_size: int
    crop_size: tuple[int, int]
    interpolation: str
    antialias: bool

    def __call__(self, image: Tensor, ops: ModuleType = np) -> Tensor:
        """Resizes and crops an image.

        Args:
            image: Array or tensor of shape `(height, width, 3)`, 0-255.
            ops: As in `resize_part`.

        Returns:
            Float32 array or tensor of shape `(*crop_size, 3)`, whole levels 0-255.
        """
        size, start = center_crop(ops.shape(image)[:2], self.resize_size, self.crop_size, ops)
        return resize_part(image, size, start, self.crop_size, self.interpolation, self.antialias, ops)


def prepare_images(model: keras.Model, pictures: Sequence[Any]) -> Tensor:
    """Reads pictures, and converts them to the size and the pixel values that a classifier takes.

    Args:
        model: Classifier of this package, or another classifier with MobileViT blocks.
        pictures: Sequence of pictures, each a single image as in `predict_classes`.

    Returns:
        Float32 tensor of shape `(batch, height, width, 3)`, resized and cropped by `transform`. Values are 0-255, or
        0-1 if the model does not scale pixel values.

    Raises:
        ValueError: If the model has no MobileViT block, or a picture is invalid.
        OSError: If a file is not a picture, or is damaged.
    """
    family = family_of(model)
    if family is None:
        raise ValueError(f"the model {model.name!r} has no MobileViT block: it is not one of this package")
    resize_and_crop = transform(model, family)
    images = np.stack([resize_and_crop(as_image("Each picture", picture)) for picture in pictures])
    return keras.ops.convert_to_tensor(from_pixels(model, images))


def transform(model: keras.Model, family: Family) -> ResizeAndCrop:
    """Returns the resize and crop for the input of a classifier.

    Predictions, the `image_bytes` signature and the evaluation in training use this transform. At every size,
    interpolation and antialiasing are those of the published evaluation of the family. For models of any size or of
    256x256, the shorter side becomes 288, as published. For other sizes, the resize has no margin; see
    `evaluation_resize_size`.

    Args:
        model: Classifier.
        family: `Family` of the model.
    """
    known = [side for side in model.inputs[0].shape[1:3] if side is not None]
    height, width = (side or max(known, default=PUBLISHED_SIZE) for side in model.inputs[0].shape[1:3])
    resize_size = evaluation_resize_size(height) if height == width else max(height, width)
    return ResizeAndCrop(resize_size, (height, width), **family.resize)
