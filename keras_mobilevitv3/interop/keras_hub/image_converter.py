from collections.abc import Sequence
from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.array_types import ImageSize
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform

# Arguments of `ImageConverter` that the family determines, or that have no meaning for a crop.
FIXED = ("interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "bounding_box_format")


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTImageConverter(keras_hub.layers.ImageConverter):
    """Image converter with the resize and center crop of the published evaluation of a family.

    The converter resizes the shorter side to `image_size + 32`, or to 384 for the separable family at 384, and crops
    the center; see `EvaluationTransform`. The converter takes arrays, tensors of every backend, and tensors of
    `tf.data`, also of unknown height and width.

    ```python
    converter = MobileViTImageConverter(attention="multi_head")
    converter(np.random.uniform(0, 255, (2, 480, 640, 3)))    # (2, 256, 256, 3)
    ```

    Args:
        image_size: Tuple `(height, width)` of two equal integers, or `None` for no resize and crop. The property can
            be set at any time. Defaults to `(256, 256)`.
        attention: `"multi_head"` (`mobilevitv3_s`, ...) or `"separable"` (`mobilevitv3_100`, ...). Defaults to
            `"multi_head"`.
        scale: Float or three floats, factor of pixel values, or `None`. A backbone that takes values 0-1 needs
            `1 / 255`. Defaults to `None`.
        offset: Float or three floats to add to pixel values, or `None`. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        inputs: RGB images, 0-255, channels last, of shape `(height, width, 3)` or `(batch, height, width, 3)`, or a
            list of images.

    Returns:
        Float32 tensor of shape `(*image_size, 3)` or `(batch, *image_size, 3)`.

    Raises:
        ValueError: If an argument is invalid.
    """

    backbone_cls = MobileViTBackbone

    def __init__(
        self,
        image_size: ImageSize | None = (256, 256),
        attention: str = "multi_head",
        scale: float | Sequence[float] | None = None,
        offset: float | Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(image_size=None, scale=scale, offset=offset, **kwargs)
        self.attention = attention
        del self.resizing  # on PyTorch, only another layer can replace an attribute that is a layer
        self.resizing: Any = PublishedResizing(attention)
        self.image_size = image_size

    @property
    def image_size(self) -> ImageSize | None:
        """Tuple of integers, height and width of the output, or `None` for no resize and crop."""
        return self.resizing.image_size

    @image_size.setter
    def image_size(self, value: ImageSize | None) -> None:
        self.resizing.image_size = value

    def get_config(self):
        config = keras_hub.layers.ImageConverter.get_config(self)
        for name in FIXED:
            del config[name]
        return {**config, "attention": self.attention}


class PublishedResizing:
    """Resize and crop of one family, for tensors of the backend and of TensorFlow graphs.

    Args:
        attention: `"multi_head"` or `"separable"`.
    """

    def __init__(self, attention: str) -> None:
        self.attention = attention
        self.transform: Any = evaluation_transform(attention)  # or `None` for no resize and crop

    @property
    def image_size(self) -> ImageSize | None:
        """Tuple of integers, height and width of the crop, or `None` for no resize and crop."""
        return None if self.transform is None else (self.transform.crop_size, self.transform.crop_size)

    @image_size.setter
    def image_size(self, value: ImageSize | None) -> None:
        if value is not None and (len(tuple(value)) != 2 or value[0] != value[1]):
            raise ValueError(f"`image_size` must be two equal integers, or None. Received: image_size={value}")
        self.transform = None if value is None else evaluation_transform(self.attention, image_size=value[0])

    def __call__(self, images):
        if isinstance(images, dict):
            raise ValueError("Bounding boxes do not fit a crop: images must come alone. Received: a dict")
        return self.transform(images)
