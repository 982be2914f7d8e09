import keras
import keras_hub

from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.interop.serialized_variant import deserialize_variant, serialize_variant
from keras_mobilevitv3.layers.composite_layer import freeze_sublayers, frozen_sublayers


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTBackbone(keras_hub.models.FeaturePyramidBackbone):
    """Any network of the table as a backbone of KerasHub: the layers and the numbers of `build_backbone`.

    ```python
    backbone = MobileViTBackbone("mobilevitv3_xs", weights="imagenet")
    backbone.save_to_preset("mobilevitv3_xs")
    backbone = keras_hub.models.Backbone.from_preset("mobilevitv3_xs")
    pyramid = keras.Model(backbone.inputs, backbone.pyramid_outputs)
    ```

    The output is the last feature map, of shape `(batch, height, width, filters)`. `pyramid_outputs` has the levels by
    KerasHub's rule, `"Pn"` is `2 ** n` times smaller than the image: `"P1"` to `"P5"` of `build_backbone`, where the
    dilated last map takes the place of its level at a smaller output stride: `"P1"` to `"P4"` at 16, `"P1"` to `"P3"`
    at 8.

    Args:
        variant: Id of the table (see `list_variants`), a `BackboneConfig`, or a dict of its fields.
        image_shape: Tuple `(height, width, channels)`; height and width at least 32, or `None` for any size. Defaults
            to `(None, None, 3)`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map. Defaults to `32`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself. With `False` it takes
            0-1, and an image converter has to scale. Defaults to `True`.
        weights: What to start from: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`).
            It is not part of the config: files and presets bring their own weights. Defaults to `None`.
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        frozen: Sequence of strings, the layers that are not trainable, and layers in them as `"stem/norm"`. Defaults to
            `None`: all with `trainable=False`, otherwise none.
        **kwargs: `name` and `trainable`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159)
    """

    def __init__(
        self,
        variant,
        image_shape=(None, None, 3),
        output_stride=32,
        include_preprocessing=True,
        weights=None,
        dtype=None,
        frozen=None,
        **kwargs,
    ):
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
        last = output_stride.bit_length() - 1
        levels = {f"P{level}": network.output[f"P{level}"] for level in range(1, last)}
        self.pyramid_outputs = {**levels, f"P{last}": network.output["P5"]}
        freeze_sublayers(self, frozen)

    @keras_hub.models.FeaturePyramidBackbone.pyramid_outputs.getter
    def pyramid_outputs(self):
        """Dict of Keras tensors; Keras keeps another kind, in which a model of JAX cannot return its outputs."""
        return dict(getattr(self, "_pyramid_outputs", {}))

    @property
    def network_config(self):
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
