import keras
import keras_cv

from keras_mobilevitv3.backbones import VARIANTS, build_backbone
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import check_boolean
from keras_mobilevitv3.datasets import datasets_with_weights
from keras_mobilevitv3.interop.serialized_variant import deserialize_variant, serialize_variant
from keras_mobilevitv3.layers.composite_layer import freeze_sublayers, frozen_sublayers
from keras_mobilevitv3.weights.hub.catalogue import PRETRAINED


class _ClassProperty(property):
    """A property that is read from the class, as those of KerasCV are."""

    def __get__(self, instance, owner):
        return self.fget(owner)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVBackbone(keras_cv.models.Backbone):
    """A feature extractor as the models of KerasCV take it.

    The model gives the last feature map. `pyramid_level_inputs` has the names of the layers that give `"P1"` to `"P5"`,
    and `embedding_dims` the channels of these. What `weights` names is loaded once and is no part of the config.

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig` of your own.
        include_rescaling: Boolean, whether the model scales pixel values 0-255 to 0-1 itself. With `False` it takes
            0-1. Defaults to `True`.
        input_shape: Tuple `(height, width, channels)`; height and width at least 32, or `None` for any size. Defaults
            to `(None, None, 3)`.
        output_stride: 32, 16 or 8: pixels of the image per pixel of `"P5"`. Defaults to `32`.
        weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`); the classifier in
            it is left out. Defaults to `None`.
        frozen: Sequence of strings, the layers that are not trainable, and layers in them as `"stem/norm"`. Defaults to
            `None`: all with `trainable=False`, otherwise none.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Raises:
        ValueError: As `build_backbone`.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159)
    """

    def __init__(
        self,
        variant,
        include_rescaling=True,
        input_shape=(None, None, 3),
        output_stride=32,
        weights=None,
        frozen=None,
        **kwargs,
    ):
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
    def embedding_dims(self):
        """List of the channels of `"P1"` to `"P5"`, by which SegFormer names its layers."""
        return list(find_config(self.variant).filters)

    @_ClassProperty
    def presets(cls):
        """Dict from id to its description, for `from_preset`."""
        return {variant: {"config": {"variant": variant}} for variant in VARIANTS}

    @_ClassProperty
    def presets_with_weights(cls):
        """The `presets` that have published ImageNet weights."""
        published = {row.variant for row in PRETRAINED if row.dataset in datasets_with_weights("classifier")}
        return {variant: preset for variant, preset in cls.presets.items() if variant in published}

    @classmethod
    def from_preset(cls, preset, load_weights=None, **kwargs):
        """Builds a network of the table.

        Args:
            preset: Id of the table.
            load_weights: Boolean, whether its ImageNet weights are loaded; `None`: if there are any. Defaults to
                `None`.
            **kwargs: Other arguments of `KerasCVBackbone`.

        Returns:
            A `KerasCVBackbone`.

        Raises:
            ValueError: If `preset` is no id, or has no weights to load.
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
    variant,
    include_rescaling=True,
    input_shape=(None, None, 3),
    output_stride=32,
    weights=None,
    name=None,
):
    """Builds a backbone for the models of KerasCV.

    ```python
    features = backbone("mobilevitv3_xxs", input_shape=(320, 320, 3))
    model = keras_cv.models.RetinaNet(features, num_classes=20, bounding_box_format="xyxy")
    ```

    The functions of this module build whole models, and check what KerasCV does not: its detectors and DeepLabV3Plus
    take an `output_stride` of 32 and images whose height and width are multiples of 32 (64 in the separable family).

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig` of your own.
        include_rescaling, input_shape, output_stride, weights: As in `KerasCVBackbone`.
        name: Name of the model. Defaults to the id with `_backbone` behind it.

    Returns:
        A `KerasCVBackbone`, from RGB images `(batch, height, width, channels)` to the last feature map.

    Raises:
        ValueError: As `build_backbone`.
    """
    return KerasCVBackbone(
        variant,
        include_rescaling=include_rescaling,
        input_shape=input_shape,
        output_stride=output_stride,
        weights=weights,
        **({} if name is None else {"name": name}),
    )
