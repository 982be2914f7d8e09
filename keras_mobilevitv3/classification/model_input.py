"""Picture files as the input of a given classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Resizes the shorter side of an image and crops its centre, as `EvaluationTransform`, for crops of any shape.

    Args:
        resize_size: Integer, length of the shorter side after the resize.
        crop_size: Pair of integers, height and width of the crop.
        interpolation, antialias: As in `resize_image`.
    """

    resize_size: int
    crop_size: tuple[int, int]
    interpolation: str
    antialias: bool

    def __call__(self, image, ops=np):
        """Returns the crop in whole levels, float32, of an image `(height, width, 3)`; `ops` as in `resize_part`."""
        size, start = center_crop(ops.shape(image)[:2], self.resize_size, self.crop_size, ops)
        return resize_part(image, size, start, self.crop_size, self.interpolation, self.antialias, ops)


def prepare_images(model: keras.Model, pictures: Sequence[Any]) -> Tensor:
    """Reads pictures and brings them to the size and to the pixel values that a classifier takes.

    Args:
        model: Classifier of this package, or one that holds MobileViT blocks.
        pictures: List of pictures, each as `predict_classes` takes it.

    Returns:
        Float32 tensor of shape `(batch, height, width, 3)`, resized and cropped as `transform` says. Values are 0-255,
        or 0-1 if the model does not scale.
    """
    family = family_of(model)
    if family is None:
        raise ValueError(f"the model {model.name!r} has no MobileViT block: it is not one of this package")
    resize_and_crop = transform(model, family)
    images = np.stack([resize_and_crop(as_image("Each picture", picture)) for picture in pictures])
    return keras.ops.convert_to_tensor(from_pixels(model, images))


def transform(model: keras.Model, family: Family) -> ResizeAndCrop:
    """How a picture becomes the input of a classifier: in predictions, in `image_bytes` and in training's evaluation.

    Interpolation and antialiasing are those of the family's published evaluation at every size. A model of any size, or
    of 256x256, gets the published margin: the shorter side becomes 288. For every other size the picture is cropped to
    the shape of the input only: see `evaluation_resize_size`.

    Args:
        model: Classifier.
        family: `Family` of the model.
    """
    known = [side for side in model.inputs[0].shape[1:3] if side is not None]
    height, width = (side or max(known, default=PUBLISHED_SIZE) for side in model.inputs[0].shape[1:3])
    resize_size = evaluation_resize_size(height) if height == width else max(height, width)
    return ResizeAndCrop(resize_size, (height, width), **family.resize)
