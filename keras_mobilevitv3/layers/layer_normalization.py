from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.initializers import Ones, Zeros


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class LayerNormalization(keras.layers.LayerNormalization):
    """Layer normalization that Keras can export to ONNX on PyTorch.

    Keras' own layer reads the number of channels from its input. PyTorch does not trace this number as a constant, and
    the export fails. This layer reads the number of channels from its weights.

    Args:
        epsilon: Float, value added to the variance. Defaults to `1e-5`.
        beta_initializer: Keras initializer. Defaults to `Zeros`.
        gamma_initializer: Keras initializer. Defaults to `Ones`.
        **kwargs: Other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor, channels last.

    Returns:
        Float tensor of the shape of `inputs`.

    Reference:
        [Ba et al., 2016](https://arxiv.org/abs/1607.06450)
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        beta_initializer: Initializer = Zeros,
        gamma_initializer: Initializer = Ones,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon, beta_initializer=beta_initializer, gamma_initializer=gamma_initializer, **kwargs
        )

    def call(self, inputs):
        if keras.backend.backend() != "torch":
            return super().call(inputs)
        from torch.nn.functional import layer_norm

        inputs = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        gamma, beta = (ops.cast(weight, inputs.dtype) for weight in (self.gamma, self.beta))
        outputs = layer_norm(inputs, tuple(self.gamma.shape), gamma, beta, self.epsilon)
        return ops.cast(outputs, self.compute_dtype)
