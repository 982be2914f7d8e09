"""Resizes images and crops their center, as in the published evaluations."""

import multiprocessing
import os
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_choice, check_integer
from keras_mobilevitv3.families import FAMILIES
from keras_mobilevitv3.preprocessing.picture_reading import (
    as_image,
    as_rgb,
    check_not_scaled,
    is_pillow,
    without_lower_bits,
)
from keras_mobilevitv3.preprocessing.resizing import KERNELS, center_crop, resize_part


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class EvaluationTransform(keras.layers.Layer):
    """Layer that resizes the shorter side of images and crops their center.

    The longer side becomes `resize_size * longer // shorter`. The crop starts at row `(height - crop_size) // 2` and
    column `(width - crop_size) // 2`. The layer rounds and clips values to whole levels 0-255. On every backend, the
    output differs by at most one level from Pillow with `antialias=True`, and from OpenCV's linear resize with
    `interpolation="bilinear"` and `antialias=False`. NumPy computes arrays and files, Keras computes tensors, with the
    same function `resize_part`.

    ```python
    transform = EvaluationTransform(resize_size=288, crop_size=256)
    transform("photo.jpg")             # (256, 256, 3)
    transform(["a.jpg", "b.jpg"])      # (2, 256, 256, 3)
    transform(array_of_images)         # (batch, 256, 256, 3)
    ```

    Args:
        resize_size: Integer, length of the shorter side after the resize. Defaults to `288`.
        crop_size: Integer, height and width of the output, at most `resize_size`. Defaults to `256`.
        interpolation: String, `"bilinear"` or `"bicubic"` (cubic convolution with `a = -0.5`). Defaults to
            `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        inputs: One image or several images, RGB, 0-255, channels last.
            One image: array or tensor of shape `(height, width, 3)`, path of an image file, or Pillow image. Files and
            Pillow images are converted to RGB and rotated by their EXIF orientation. A NumPy array may also be gray,
            of shape `(height, width)` or `(height, width, 1)`, or RGBA.
            Several images: array or tensor of shape `(batch, height, width, 3)`, or list or tuple of single images of
            any sizes.
            On every backend, the layer also takes the tensors of `tf.data`.

    Returns:
        Float32 tensor of shape `(crop_size, crop_size, 3)` for one image and `(batch, crop_size, crop_size, 3)` for
        several images; RGB, whole numbers 0-255. In a worker process of a data loader, a NumPy array, because backends
        do not survive a fork.

    Raises:
        ValueError: If images are invalid, or NumPy arrays contain NaN or floats scaled to 0-1.
        OSError: If a file is not a picture, or is damaged.
    """

    def __init__(
        self,
        resize_size: int = 288,
        crop_size: int = 256,
        interpolation: str = "bilinear",
        antialias: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)  # half precision is too coarse for pixel values
        check_integer("resize_size", resize_size)
        check_integer("crop_size", crop_size)
        if crop_size > resize_size:
            raise ValueError(
                f"`crop_size` must be at most `resize_size`. Received: crop_size={crop_size}, resize_size={resize_size}"
            )
        check_choice("interpolation", interpolation, KERNELS)
        check_boolean("antialias", antialias)
        self.resize_size = resize_size
        self.crop_size = crop_size
        self.interpolation = interpolation
        self.antialias = antialias

    def __call__(self, inputs, **kwargs):
        # `Layer.__call__` accepts tensors only, and treats a list as one nested structure of tensors.
        if isinstance(inputs, (str, os.PathLike)) or is_pillow(inputs):
            inputs = as_image("Images", inputs)
        if isinstance(inputs, (list, tuple)):
            return self._stack(inputs, **kwargs)
        if isinstance(inputs, np.ndarray):
            crops = self._transform(self._checked(inputs), np)
            return crops if multiprocessing.parent_process() is not None else ops.convert_to_tensor(crops)
        if _is_of_another_backend(inputs):
            return self._transform_in_numpy(inputs)
        if not hasattr(inputs, "shape"):
            raise ValueError(
                "Images must be arrays, tensors, paths of image files, or a list of these. "
                f"Received: {inputs!r} of type {type(inputs).__name__}"
            )
        return super().__call__(inputs, **kwargs)

    def _stack(self, images, **kwargs):
        if not images:
            raise ValueError("A list of images must not be empty. Received: inputs=[]")
        crops = [self(image, **kwargs) for image in images]
        for index, crop in enumerate(crops):
            if len(crop.shape) != 3:
                raise ValueError(
                    "A list must hold single images, of shape (height, width, 3), or paths of image files. "
                    f"Received: a batch or a list as item {index}"
                )
        return np.stack(crops) if isinstance(crops[0], np.ndarray) else ops.stack(crops)

    def _checked(self, images):
        """Returns a NumPy array as RGB with values 0-255."""
        if images.size and (images.ndim == 2 or (images.ndim == 3 and images.shape[-1] in (1, 4))):
            images = as_rgb("Images", images)
        if images.dtype == np.uint16:
            return without_lower_bits(images)
        check_not_scaled("Images", images)
        return images

    def _transform_in_numpy(self, images):
        """Transforms a tensor of `tf.data` with NumPy, because JAX and PyTorch cannot compute with the tensor."""
        import tensorflow as tf

        shape = images.shape.as_list()
        self._check_shape(shape)
        crops = tf.numpy_function(lambda images: self._transform(images, np), [images], tf.float32, stateful=False)
        crops.set_shape((*shape[:-3], self.crop_size, self.crop_size, 3))
        return crops

    def call(self, inputs):
        return self._transform(inputs, ops)

    def _transform(self, images, ops):
        self._check_shape(images.shape)
        part = (self.crop_size, self.crop_size)
        size, start = center_crop(ops.shape(images)[-3:-1], self.resize_size, part, ops)
        return resize_part(images, size, start, part, self.interpolation, self.antialias, ops)

    def _check_shape(self, shape):
        shape = tuple(shape)
        if len(shape) not in (3, 4) or shape[-1] != 3:
            raise ValueError(
                "Images must be RGB and channels last, of shape (height, width, 3) or (batch, height, width, 3); "
                f"convert grayscale and RGBA images to RGB first. Received: shape={shape}"
            )
        if 0 in shape[-3:-1]:
            raise ValueError(f"The height and width of images must be positive. Received: shape={shape}")

    def compute_output_shape(self, input_shape):
        self._check_shape(input_shape)
        return (*input_shape[:-3], self.crop_size, self.crop_size, 3)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype="float32")

    def get_config(self):
        return {
            **super().get_config(),
            "resize_size": self.resize_size,
            "crop_size": self.crop_size,
            "interpolation": self.interpolation,
            "antialias": self.antialias,
        }


def _is_of_another_backend(inputs):
    """Returns whether a tensor belongs to a TensorFlow graph, as in `tf.data`, while Keras uses another backend."""
    if keras.backend.backend() == "tensorflow" or not type(inputs).__module__.startswith("tensorflow."):
        return False
    import tensorflow as tf

    return isinstance(inputs, tf.Tensor) and not tf.executing_eagerly()


PUBLISHED_SIZE = 256
# The shorter side becomes the image size plus the margin, unless the family has an entry in `resize_sizes`.
RESIZE_MARGIN = 32


def evaluation_transform(attention: str, image_size: int = PUBLISHED_SIZE, **kwargs: Any) -> EvaluationTransform:
    """Returns the image transform of the published evaluation of a family.

    Args:
        attention: String, attention of the variant: `"multi_head"` (`mobilevitv3_s`, `mobilevitv3_xs_l2`,
            `mobilevit_s`, ...) or `"separable"` (`mobilevitv3_100`, `mobilevitv2_100`, ...).
        image_size: Integer, height and width of the output. The shorter side is resized to `image_size + 32`. With
            `"separable"` at 384, the shorter side is resized to 384, as in the published fine-tuning. Defaults to
            `256`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Returns:
        An `EvaluationTransform`.

    Raises:
        ValueError: If an argument is invalid.
    """
    check_choice("attention", attention, FAMILIES)
    check_integer("image_size", image_size)
    family = FAMILIES[attention]
    return EvaluationTransform(
        resize_size=family.resize_sizes.get(image_size, image_size + RESIZE_MARGIN),
        crop_size=image_size,
        **family.resize,
        **kwargs,
    )


def evaluation_resize_size(image_size: int) -> int:
    """Returns the length of the shorter side of an image before the center crop for a classifier.

    At 256 the result is 288, as published. At other sizes the result is the image size, so that the crop keeps the
    whole shorter side. The published fine-tuning at 384 has no margin either. Predictions, the `image_bytes` signature
    and the evaluation in training use this rule.

    Args:
        image_size: Integer, height and width of the input of the model.
    """
    return image_size + RESIZE_MARGIN if image_size == PUBLISHED_SIZE else image_size
