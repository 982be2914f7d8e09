import keras
import keras_cv


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVSegFormer(keras_cv.models.SegFormer):
    """SegFormer of KerasCV that ends in logits and takes the levels `"P2"` to `"P5"`.

    KerasCV's own ends in probabilities, on which the sparse cross-entropy of Keras cannot be trained on PyTorch; takes
    `"P1"` too, of four times as many pixels; and refuses two levels of the same number of channels, as
    `mobilevitv3_xs` has.

    Args:
        backbone: `KerasCVBackbone` of a known image size.
        num_classes: Integer, number of classes.
        projection_filters: Integer, channels of the head. Defaults to `256`.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Reference:
        [Xie et al., 2021](https://arxiv.org/abs/2105.15203)
    """

    def __init__(self, backbone, num_classes, projection_filters=256, **kwargs):
        super().__init__(_Levels(backbone), num_classes, projection_filters, **kwargs)
        self.backbone = backbone
        for layer in self.layers:
            if isinstance(layer, keras.layers.Conv2D) and layer.activation is keras.activations.softmax:
                layer.activation = keras.activations.linear


class _Levels(keras.Model):
    """A backbone without `"P1"`, whose levels have names for dimensions."""

    def __init__(self, backbone):
        super().__init__(backbone.input, backbone.output)
        self.pyramid_level_inputs = {level: backbone.pyramid_level_inputs[level] for level in ("P2", "P3", "P4", "P5")}
        self.embedding_dims = list(self.pyramid_level_inputs)
