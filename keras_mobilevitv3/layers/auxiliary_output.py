from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_not_negative
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class AuxiliaryOutput(keras.layers.Layer):
    """Logits for training only, resized bilinearly to the size of the main logits.

    Args:
        loss_weight: Float, weight of their loss relative to the loss of the main logits. Defaults to `0.4`.
        align_corners: Boolean, whether to align the centers of the corner pixels of input and output. Defaults to
            `False`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, classes)`.
        like: Tensor of rank 4, the main logits.

    Returns:
        Float tensor with the height and width of `like`.

    Raises:
        ValueError: If an argument is invalid.
    """

    def __init__(self, loss_weight: float = 0.4, align_corners: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_not_negative("loss_weight", loss_weight)
        check_boolean("align_corners", align_corners)
        self.loss_weight = loss_weight
        self.align_corners = align_corners

    def build(self, inputs_shape, like_shape):
        pass  # the layer has no weights; without this method Keras would call the layer to create them

    def call(self, inputs, like):
        return bilinear_resize(inputs, ops.shape(like)[1:3], self.align_corners)

    def compute_output_shape(self, inputs_shape, like_shape):
        return (inputs_shape[0], *like_shape[1:3], inputs_shape[-1])

    def get_config(self):
        return {**super().get_config(), "loss_weight": self.loss_weight, "align_corners": self.align_corners}
