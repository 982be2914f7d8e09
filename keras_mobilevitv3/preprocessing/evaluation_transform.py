"""Resize and centre crop, as in the published evaluations."""

import os

import keras
from keras import ops

from keras_mobilevitv3.preprocessing.read_image import read_image
from keras_mobilevitv3.preprocessing.resize_weights import KERNELS, resize_weights


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class EvaluationTransform(keras.layers.Layer):
    """Resizes the shorter side of images and crops their centre.

    The longer side becomes `resize_size * longer // shorter`, and the crop starts at `(height - crop_size) // 2` and
    `(width - crop_size) // 2`. Values are rounded and clipped as in a uint8 image. On every backend the output is
    within one level of Pillow's with `antialias=True`, and of that of OpenCV's linear resize with
    `interpolation="bilinear"` and `antialias=False`.

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
            file, which is decoded with Pillow, turned as its EXIF orientation says and converted to RGB. Or many: an
            array or tensor of shape `(batch, height, width, 3)`, or a list or tuple of images or paths, whose sizes may
            differ. Height and width must be known while tracing.

    Returns:
        Float32 tensor of shape `(crop_size, crop_size, 3)` for one image, `(batch, crop_size, crop_size, 3)` for many;
        RGB, whole numbers from 0 to 255.
    """

    def __init__(self, resize_size=288, crop_size=256, interpolation="bilinear", antialias=False, **kwargs):
        super().__init__(autocast=False, **kwargs)  # pixel values are not for half precision
        for name, size in (("resize_size", resize_size), ("crop_size", crop_size)):
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise ValueError(f"`{name}` must be a positive integer. Received: {name}={size!r}")
        if crop_size > resize_size:
            raise ValueError(
                f"`crop_size` must be at most `resize_size`. Received: crop_size={crop_size}, resize_size={resize_size}"
            )
        if interpolation not in KERNELS:
            raise ValueError(
                f"`interpolation` must be one of {list(KERNELS)}. Received: interpolation={interpolation!r}"
            )
        if not isinstance(antialias, bool):
            raise ValueError(f"`antialias` must be True or False. Received: antialias={antialias!r}")
        self.resize_size = resize_size
        self.crop_size = crop_size
        self.interpolation = interpolation
        self.antialias = antialias

    def __call__(self, inputs, **kwargs):
        # Before `Layer.__call__`, which accepts tensors only and takes a list for one structure of many tensors.
        if isinstance(inputs, (str, os.PathLike)):
            inputs = read_image(inputs)
        if isinstance(inputs, (list, tuple)):
            return self._stack(inputs, **kwargs)
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
        return ops.stack(crops)

    def call(self, inputs):
        height, width = self._image_size(inputs.shape)
        images = ops.cast(inputs, "float32")
        images = ops.einsum("ow,...hwc->...hoc", self._crop_weights(width, min(height, width)), images)
        if self.antialias:
            images = self._as_uint8(images)  # as Pillow keeps what it has resized along the width
        images = ops.einsum("oh,...hwc->...owc", self._crop_weights(height, min(height, width)), images)
        return self._as_uint8(images)

    def _crop_weights(self, size, shorter):
        """Resize weights of one axis, only those of the pixels inside the crop: `(crop_size, size)`."""
        resized = self.resize_size * size // shorter
        start = (resized - self.crop_size) // 2
        weights = resize_weights(size, resized, self.interpolation, self.antialias)
        return ops.convert_to_tensor(weights[start : start + self.crop_size])

    def _as_uint8(self, images):
        """The float32 values that a uint8 image would hold; halves are rounded up, as Pillow and OpenCV do."""
        return ops.floor(ops.clip(images, 0.0, 255.0) + 0.5)

    def _image_size(self, shape):
        shape = tuple(shape)
        if len(shape) not in (3, 4) or shape[-1] != 3:
            raise ValueError(
                "Images must be RGB and channels last, of shape (height, width, 3) or (batch, height, width, 3); "
                f"convert grayscale and RGBA images to RGB first. Received: shape={shape}"
            )
        if not (shape[-3] and shape[-2]):
            raise ValueError(
                "The height and width of images must be known and positive: in a graph, transform images of a fixed "
                f"size, or transform them before the graph. Received: shape={shape}"
            )
        return shape[-3:-1]

    def compute_output_shape(self, input_shape):
        self._image_size(input_shape)
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
