from collections.abc import Sequence
from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.array_types import FilePath, Shape
from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.interop.serialized_variant import deserialize_variant, serialize_variant
from keras_mobilevitv3.layers.composite_layer import freeze_sublayers, frozen_sublayers


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTBackbone(keras_hub.models.FeaturePyramidBackbone):
    """KerasHub backbone with the layers and outputs of `build_backbone`.

    ```python
    backbone = MobileViTBackbone("mobilevitv3_xs", weights="imagenet")
    backbone.save_to_preset("mobilevitv3_xs")
    backbone = keras_hub.models.Backbone.from_preset("mobilevitv3_xs")
    pyramid = keras.Model(backbone.inputs, backbone.pyramid_outputs)
    ```

    The output is the last feature map, of shape `(batch, height, width, filters)`. `pyramid_outputs` follows the
    convention of KerasHub: the feature map `"Pn"` is `2 ** n` times smaller than the image. At output stride 32 the
    levels are `"P1"` to `"P5"` of `build_backbone`. At smaller output strides the dilated last feature map replaces the
    level of the same stride: `"P1"` to `"P4"` at 16, `"P1"` to `"P3"` at 8.

    Args:
        variant: Id of a network (see `list_variants`), a `BackboneConfig`, or a dict of the fields of a
            `BackboneConfig`.
        image_shape: Tuple `(height, width, channels)`. Height and width are at least 32, or `None` for any size.
            Defaults to `(None, None, 3)`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map. Defaults to `32`.
        include_preprocessing: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False` the model
            expects values from 0 to 1, for example from an image converter. Defaults to `True`.
        weights: Initial weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`).
            Not part of the config: saved files and presets contain weights. Defaults to `None`.
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        frozen: Sequence of strings, the names of layers that are not trainable. A path such as `"stem/norm"` names a
            layer inside a layer. Defaults to `None`: all layers with `trainable=False`, otherwise no layer.
        **kwargs: `name` and `trainable`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159)
    """

    def __init__(
        self,
        variant: str | BackboneConfig | dict[str, Any],
        image_shape: Shape = (None, None, 3),
        output_stride: int = 32,
        include_preprocessing: bool = True,
        weights: FilePath | None = None,
        dtype: Any = None,
        frozen: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        variant = deserialize_variant(variant)
        network = build_backbone(
            variant,
            input_shape=image_shape,
            output_stride=output_stride,
            include_preprocessing=include_preprocessing,
            weights=weights,
            dtype=dtype,
        )
        super().__init__(inputs=network.input, outputs=network.output["P5"], dtype=dtype, **kwargs)
        self.variant = variant
        self.image_shape = tuple(image_shape)
        self.output_stride = output_stride
        self.include_preprocessing = include_preprocessing
        last_level = output_stride.bit_length() - 1
        levels = {f"P{level}": network.output[f"P{level}"] for level in range(1, last_level)}
        self.pyramid_outputs = {**levels, f"P{last_level}": network.output["P5"]}
        freeze_sublayers(self, frozen)

    @keras_hub.models.FeaturePyramidBackbone.pyramid_outputs.getter
    def pyramid_outputs(self):
        """Dict from level to Keras tensor. On JAX a model cannot return the `TrackedDict` that Keras stores."""
        return dict(getattr(self, "_pyramid_outputs", {}))

    @property
    def network_config(self) -> BackboneConfig:
        """The `BackboneConfig` of the network."""
        return find_config(self.variant)

    def get_config(self):
        frozen = frozen_sublayers(self)
        return {
            **super().get_config(),
            "variant": serialize_variant(self.variant),
            "image_shape": self.image_shape,
            "output_stride": self.output_stride,
            "include_preprocessing": self.include_preprocessing,
            **({} if frozen is None else {"frozen": frozen}),
        }
