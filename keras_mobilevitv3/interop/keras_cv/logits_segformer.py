from typing import Any

import keras
import keras_cv

from keras_mobilevitv3.interop.keras_cv.backbone_model import KerasCVBackbone


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVSegFormer(keras_cv.models.SegFormer):
    """KerasCV's SegFormer on the levels `"P2"` to `"P5"`, with logits as output.

    `keras_cv.models.SegFormer` returns probabilities, and the sparse cross-entropy of Keras cannot train with
    probabilities on PyTorch. `keras_cv.models.SegFormer` also uses `"P1"`, which has four times as many pixels, and
    rejects backbones with two levels of the same number of channels, such as `mobilevitv3_xs`.

    Args:
        backbone: `KerasCVBackbone` for a known image size.
        num_classes: Integer, number of classes.
        projection_filters: Integer, channels of the head. Defaults to `256`.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Reference:
        [Xie et al., 2021](https://arxiv.org/abs/2105.15203)
    """

    def __init__(
        self, backbone: KerasCVBackbone, num_classes: int, projection_filters: int = 256, **kwargs: Any
    ) -> None:
        super().__init__(_BackboneWithoutP1(backbone), num_classes, projection_filters, **kwargs)
        self.backbone = backbone
        for layer in self.layers:
            if isinstance(layer, keras.layers.Conv2D) and layer.activation is keras.activations.softmax:
                layer.activation = keras.activations.linear


class _BackboneWithoutP1(keras.Model):
    """Backbone without `"P1"`. `embedding_dims` holds level names, which are unique, instead of channels."""

    def __init__(self, backbone):
        super().__init__(backbone.input, backbone.output)
        self.pyramid_level_inputs = {level: backbone.pyramid_level_inputs[level] for level in ("P2", "P3", "P4", "P5")}
        self.embedding_dims = list(self.pyramid_level_inputs)
