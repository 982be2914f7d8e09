from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform

# Arguments of `ImageConverter` that the family decides, or that have no meaning for a crop.
FIXED = ("interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "bounding_box_format")


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTImageConverter(keras_hub.layers.ImageConverter):
    """Resizes and crops images as `EvaluationTransform` does, by the published settings of a family.

    The shorter side becomes 32 pixels longer than the crop (as long as it at 384 in the separable family), then the
    centre is cut out. It runs on arrays and tensors of every backend and in `tf.data`, there on images of any size.

    ```python
    converter = MobileViTImageConverter(attention="multi_head")
    converter(np.random.uniform(0, 255, (2, 480, 640, 3)))    # (2, 256, 256, 3)
    ```

    Args:
        image_size: Pair `(height, width)` of equal integers, or `None` for images as they come. It can be changed at
            any time. Defaults to `(256, 256)`.
        attention: `"multi_head"` (`mobilevitv3_s`, ...) or `"separable"` (`mobilevitv3_100`, ...). Defaults to
            `"multi_head"`.
        scale: Float or three floats to multiply with, `1 / 255` for a backbone that takes 0-1, or `None`. Defaults to
            `None`.
        offset: Float or three floats to add, or `None`. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        inputs: RGB images, 0-255, channels last, of shape `(height, width, 3)` or `(batch, height, width, 3)`, or a
            list of images.

    Returns:
        Float32 tensor of shape `(*image_size, 3)` or `(batch, *image_size, 3)`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    backbone_cls = MobileViTBackbone

    def __init__(
        self,
        image_size: Any = (256, 256),
        attention: str = "multi_head",
        scale: Any = None,
        offset: Any = None,
        **kwargs: Any,
    ):
        super().__init__(image_size=None, scale=scale, offset=offset, **kwargs)
        self.attention = attention
        del self.resizing  # a layer, in whose place PyTorch takes nothing but layers
        self.resizing: Any = PublishedResizing(attention)
        self.image_size = image_size

    @property
    def image_size(self):
        """Pair of integers `(height, width)` of the output, or `None`."""
        return self.resizing.image_size

    @image_size.setter
    def image_size(self, value):
        self.resizing.image_size = value

    def get_config(self):
        config = keras_hub.layers.ImageConverter.get_config(self)
        for name in FIXED:
            del config[name]
        return {**config, "attention": self.attention}


class PublishedResizing:
    """The resize and the crop of one family, on tensors of the backend or in a graph of TensorFlow.

    Args:
        attention: `"multi_head"` or `"separable"`.
    """

    def __init__(self, attention: str):
        self.attention = attention
        self.transform: Any = evaluation_transform(attention)  # or `None` for no resize

    @property
    def image_size(self):
        """Pair of integers, the size of the crop, or `None` for none."""
        return None if self.transform is None else (self.transform.crop_size,) * 2

    @image_size.setter
    def image_size(self, value):
        if value is not None and (len(tuple(value)) != 2 or value[0] != value[1]):
            raise ValueError(f"`image_size` must be two equal integers, or None. Received: image_size={value}")
        self.transform = None if value is None else evaluation_transform(self.attention, image_size=value[0])

    def __call__(self, images):
        if isinstance(images, dict):
            raise ValueError("Bounding boxes do not fit a crop: images must come alone. Received: a dict")
        return self.transform(images)
