from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.initializers import Ones, Zeros


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class GroupNormalization(keras.layers.GroupNormalization):
    """Group normalization that reshapes nothing on PyTorch if there is one group.

    Keras' own layer splits the channels into groups first. On PyTorch, that takes two to three times as long for
    one image.

    Args:
        groups: Integer that divides the channels. Defaults to `1`.
        epsilon: Float, value added to the variance. Defaults to `1e-5`.
        beta_initializer: Keras initializer. Defaults to `Zeros`.
        gamma_initializer: Keras initializer. Defaults to `Ones`.
        **kwargs: Other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.

    Returns:
        Float tensor of the shape of `inputs`.

    Reference:
        [Wu and He, 2018](https://arxiv.org/abs/1803.08494), section 3
    """

    def __init__(
        self,
        groups: int = 1,
        epsilon: float = 1e-5,
        beta_initializer: Initializer = Zeros,
        gamma_initializer: Initializer = Ones,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            groups=groups,
            epsilon=epsilon,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            **kwargs,
        )

    def call(self, inputs):
        if keras.backend.backend() != "torch" or self.groups > 1:
            return super().call(inputs)
        maps = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        gamma, beta = (ops.cast(weight, maps.dtype) for weight in (self.gamma, self.beta))
        mean, variance = ops.moments(maps, axes=tuple(range(1, len(maps.shape))), keepdims=True)
        scale = ops.rsqrt(variance + self.epsilon) * gamma  # (B, 1, 1, C)
        return ops.cast(maps * scale + (beta - mean * scale), self.compute_dtype)
