from collections.abc import Sequence
from typing import Any

import keras
import keras_cv

from keras_mobilevitv3.array_types import FilePath, Shape
from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import VARIANTS, find_config
from keras_mobilevitv3.checks import check_boolean
from keras_mobilevitv3.datasets import datasets_with_weights
from keras_mobilevitv3.interop.serialized_variant import deserialize_variant, serialize_variant
from keras_mobilevitv3.layers.composite_layer import freeze_sublayers, frozen_sublayers
from keras_mobilevitv3.weights.hub.catalogue import PRETRAINED


class _ClassProperty:
    """Property of a class, such as `presets` of the KerasCV backbones."""

    def __init__(self, getter):
        self.getter = getter

    def __get__(self, instance, owner):
        return self.getter(owner)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVBackbone(keras_cv.models.Backbone):
    """Backbone for the models of KerasCV.

    The model returns the last feature map. `pyramid_level_inputs` is a dict from `"P1"` to `"P5"` to the names of the
    layers that compute these feature maps. `embedding_dims` lists the channels of these feature maps.

    Args:
        variant: Id of a network (see `list_variants`), or a `BackboneConfig`.
        include_rescaling: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False` the model
            expects values from 0 to 1. Defaults to `True`.
        input_shape: Tuple `(height, width, channels)`. Height and width are at least 32, or `None` for any size.
            Defaults to `(None, None, 3)`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of `"P5"`. Defaults to `32`.
        weights: Initial weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`).
            From the checkpoint of a classifier, only the backbone is loaded. Not part of the config. Defaults to
            `None`.
        frozen: Sequence of strings, the names of layers that are not trainable. A path such as `"stem/norm"` names a
            layer inside a layer. Defaults to `None`: all layers with `trainable=False`, otherwise no layer.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Raises:
        ValueError: See `build_backbone`.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159)
    """

    def __init__(
        self,
        variant: str | BackboneConfig,
        include_rescaling: bool = True,
        input_shape: Shape = (None, None, 3),
        output_stride: int = 32,
        weights: FilePath | None = None,
        frozen: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        check_boolean("include_rescaling", include_rescaling)
        features = build_backbone(
            variant,
            input_shape=input_shape,
            output_stride=output_stride,
            include_preprocessing=include_rescaling,
            weights=weights,
        )
        super().__init__(inputs=features.input, outputs=features.output["P5"], **{"name": features.name, **kwargs})
        self.variant = variant
        self.include_rescaling = include_rescaling
        self.output_stride = output_stride
        self.pyramid_level_inputs = {
            level: next(layer.name for layer in features.layers if layer.output is output)
            for level, output in features.output.items()
        }
        freeze_sublayers(self, frozen)

    @property
    def embedding_dims(self) -> list[int]:
        """List of the channels of `"P1"` to `"P5"`. SegFormer uses the channels as layer names."""
        return list(find_config(self.variant).filters)

    @_ClassProperty
    def presets(cls):
        """Dict from id to config, for `from_preset`."""
        return {variant: {"config": {"variant": variant}} for variant in VARIANTS}

    @_ClassProperty
    def presets_with_weights(cls):
        """Dict of the `presets` that have published ImageNet weights."""
        published = {row.variant for row in PRETRAINED if row.dataset in datasets_with_weights("classifier")}
        return {variant: preset for variant, preset in cls.presets.items() if variant in published}

    @classmethod
    def from_preset(cls, preset: str, load_weights: bool | None = None, **kwargs: Any) -> "KerasCVBackbone":
        """Builds a backbone from the id of a network.

        Args:
            preset: Id of a network (see `list_variants`).
            load_weights: Boolean, whether to load ImageNet weights, or `None` to load ImageNet weights if they exist.
                Defaults to `None`.
            **kwargs: Other arguments of `KerasCVBackbone`.

        Returns:
            A `KerasCVBackbone`.

        Raises:
            ValueError: If `preset` is not an id, or with `load_weights=True` if there are no ImageNet weights.
        """
        if load_weights is None:
            load_weights = preset in cls.presets_with_weights
        return cls(preset, weights="imagenet" if load_weights else None, **kwargs)

    def get_config(self):
        frozen = frozen_sublayers(self)
        return {
            **super().get_config(),
            "variant": serialize_variant(self.variant),
            "include_rescaling": self.include_rescaling,
            "input_shape": list(self.input_shape[1:]),
            "output_stride": self.output_stride,
            **({} if frozen is None else {"frozen": frozen}),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "variant": deserialize_variant(config["variant"])})


def backbone(
    variant: str | BackboneConfig,
    include_rescaling: bool = True,
    input_shape: Shape = (None, None, 3),
    output_stride: int = 32,
    weights: FilePath | None = None,
    name: str | None = None,
) -> KerasCVBackbone:
    """Builds a backbone for the models of KerasCV.

    ```python
    features = backbone("mobilevitv3_xxs", input_shape=(320, 320, 3))
    model = keras_cv.models.RetinaNet(features, num_classes=20, bounding_box_format="xyxy")
    ```

    To build whole models, use the other functions of `keras_mobilevitv3.interop.keras_cv`. They check requirements that
    KerasCV does not check: the detectors and `DeepLabV3Plus` of KerasCV need an `output_stride` of 32 and images with a
    height and width that are multiples of 32 (64 in the separable family).

    Args:
        variant: Id of a network (see `list_variants`), or a `BackboneConfig`.
        include_rescaling, input_shape, output_stride, weights: See `KerasCVBackbone`.
        name: Name of the model. Defaults to the id and `"_backbone"`.

    Returns:
        A `KerasCVBackbone` that maps RGB images of shape `(batch, height, width, channels)` to the last feature map.

    Raises:
        ValueError: See `build_backbone`.
    """
    return KerasCVBackbone(
        variant,
        include_rescaling=include_rescaling,
        input_shape=input_shape,
        output_stride=output_stride,
        weights=weights,
        **({} if name is None else {"name": name}),
    )
