"""Resize and centre crop, as in the published evaluations."""

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
    """Resizes the shorter side of images and crops their centre.

    The longer side becomes `resize_size * longer // shorter`, and the crop starts at `(height - crop_size) // 2` and
    `(width - crop_size) // 2`. Values are rounded and clipped as in a uint8 image. On every backend the output is
    within one level of Pillow's with `antialias=True`, and within one level of OpenCV's linear resize with
    `interpolation="bilinear"` and `antialias=False`. NumPy arrays and files are computed by NumPy, tensors by Keras, by
    the same function, `resize_part`.

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
        inputs: One image, RGB, 0-255, channels last: an array or tensor of shape `(height, width, 3)`, or the path of a
            file or an image of Pillow, which is turned as its EXIF orientation says and converted to RGB; NumPy arrays
            may also be gray, `(height, width)`, or RGBA. Or many: an array or tensor of shape
            `(batch, height, width, 3)`, or a list or tuple of images or paths, whose sizes may differ. Tensors of
            `tf.data` are transformed on every backend.

    Returns:
        Float32 tensor of shape `(crop_size, crop_size, 3)` for one image, `(batch, crop_size, crop_size, 3)` for many;
        RGB, whole numbers from 0 to 255. In a worker process of a data loader a NumPy array, since backends do not
        survive a fork.

    Raises:
        ValueError: If images are not as stated, or NumPy arrays hold NaN or floats that were scaled to 0-1.
        OSError: If a file is no picture, or damaged.
    """

    def __init__(
        self,
        resize_size: int = 288,
        crop_size: Any = 256,
        interpolation: str = "bilinear",
        antialias: bool = False,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)  # pixel values are not for half precision
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
        # `Layer.__call__` accepts tensors only, and takes a list for one structure of many tensors.
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
        """A NumPy array in RGB, of values 0-255."""
        if images.size and (images.ndim == 2 or (images.ndim == 3 and images.shape[-1] in (1, 4))):
            images = as_rgb("Images", images)
        if images.dtype == np.uint16:
            return without_lower_bits(images)
        check_not_scaled("Images", images)
        return images

    def _transform_in_numpy(self, images):
        """Crops of a tensor of `tf.data`, which backends other than TensorFlow cannot compute with."""
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
    """Whether a tensor is one of a graph of TensorFlow, such as `tf.data`, while Keras runs on another backend."""
    if keras.backend.backend() == "tensorflow" or not type(inputs).__module__.startswith("tensorflow."):
        return False
    import tensorflow as tf

    return isinstance(inputs, tf.Tensor) and not tf.executing_eagerly()


PUBLISHED_SIZE = 256
RESIZE_MARGIN = 32  # The shorter side is resized to the image size plus this, unless `resize_sizes` has another value.


def evaluation_transform(attention: str, image_size: int = PUBLISHED_SIZE, **kwargs: Any) -> EvaluationTransform:
    """Returns the transform with which the published figures of a variant were evaluated.

    Args:
        attention: String, kind of attention of the variant: `"multi_head"` (`mobilevitv3_s`, `mobilevitv3_xs_l2`,
            `mobilevit_s`, ...) or `"separable"` (`mobilevitv3_100`, `mobilevitv2_100`, ...).
        image_size: Integer, height and width of the output. The shorter side is resized to 32 pixels more, and to 384
            itself for `"separable"` at 384, as in the published fine-tuning. Defaults to `256`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Returns:
        An `EvaluationTransform`.

    Raises:
        ValueError: If an argument is not as stated.
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
    """The shorter side, before the centre crop, of images that a classifier of a given size is evaluated on.

    Predictions, the `image_bytes` signature and the evaluation in training share this rule: 288 for 256, as published,
    and otherwise the image size itself, so that no border is lost. The published fine-tuning at 384 has no margin
    either.

    Args:
        image_size: Integer, height and width of the model's input.
    """
    return image_size + RESIZE_MARGIN if image_size == PUBLISHED_SIZE else image_size
