import math

import keras
from keras import ops

from keras_mobilevitv3.checks import check_not_negative, check_rate
from keras_mobilevitv3.initializers import Zeros
from training.optimizers.pytorch_optimizer import PyTorchOptimizer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class AdamW(PyTorchOptimizer):
    """AdamW with the update of `torch.optim.AdamW`.

    ```
    variable -= rate * weight_decay * variable
    momentum += (1 - beta_1) * (gradient - momentum)
    velocity += (1 - beta_2) * (gradient ** 2 - velocity)
    denominator = sqrt(velocity) / sqrt(1 - beta_2 ** step) + epsilon
    variable -= rate / (1 - beta_1 ** step) * momentum / denominator
    ```

    `keras.optimizers.AdamW` adds epsilon before the bias correction. In the first steps, this equals an epsilon 30
    times as large. It also decays biases and norms unless they are excluded by name.

    Args:
        learning_rate: Float or `LearningRateSchedule`. Defaults to `0.001`.
        weight_decay: Float. Defaults to `0.01`.
        beta_1: Float in [0, 1), decay of the momentum. Defaults to `0.9`.
        beta_2: Float in [0, 1), decay of the velocity. Defaults to `0.999`.
        epsilon: Float. Defaults to `1e-8`.
        decay_1d: Boolean, whether variables with one axis (biases, scales and offsets of norms) are decayed too.
            Defaults to `True`.
        max_gradient_norm: Float to which the global norm of the gradient is clipped, or `None`. With a float, infinity
            included, the variable `gradient_norm` holds the last norm before clipping. Defaults to `None`.
        learning_rate_multipliers: Dict from shell-style pattern of variable paths to float. The first pattern that fits
            a variable multiplies the learning rate of the variable, also in weight decay. Defaults to `None`.
        frozen_steps: Integer, number of first steps in which variables with a multiplier below 1 keep their values.
            Defaults to `0`.
        loss_scale_factor: Float or `None`, as in `keras.optimizers.Optimizer`. Defaults to `None`.
        name: Name of the optimizer. Defaults to `"adamw"`.

    Raises:
        ValueError: If an argument is not as stated or, in `build`, a pattern fits no variable.

    Reference:
        [Loshchilov and Hutter, 2019](https://arxiv.org/abs/1711.05101)
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.01,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        decay_1d=True,
        max_gradient_norm=None,
        learning_rate_multipliers=None,
        frozen_steps=0,
        loss_scale_factor=None,
        name="adamw",
    ):
        super().__init__(
            learning_rate,
            weight_decay,
            decay_1d,
            max_gradient_norm,
            learning_rate_multipliers,
            frozen_steps,
            loss_scale_factor,
            name,
        )
        check_rate("beta_1", beta_1)
        check_rate("beta_2", beta_2)
        check_not_negative("epsilon", epsilon)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"], initializer=Zeros()
        )

    def update_step(self, gradient, variable, learning_rate):
        index, decay, multiplier = self.group_of(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        dtype = variable.dtype
        gradient = ops.cast(gradient, dtype)
        rate = ops.cast(learning_rate, dtype) * multiplier
        step = ops.cast(self.iterations + 1, dtype)

        self.assign_add(momentum, (gradient - momentum) * (1 - self.beta_1))
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.beta_2))
        correction = ops.sqrt(_bias_correction(self.beta_2, step))
        denominator = ops.sqrt(velocity) / correction + self.epsilon
        update = momentum / denominator * (rate / _bias_correction(self.beta_1, step))
        if decay:
            update = update + variable * (rate * decay)
        self.assign_sub(variable, update)

    def update_group(self, variables, gradients, indices, learning_rate, weight_decay, fused):
        from torch.optim.adamw import adamw

        adamw(
            variables,
            gradients,
            [self._momentums[index].value for index in indices],
            [self._velocities[index].value for index in indices],
            [],
            list(ops.repeat(ops.cast(self.iterations, "float32"), len(variables))),  # one each: PyTorch increments them
            fused=fused,
            amsgrad=False,
            beta1=self.beta_1,
            beta2=self.beta_2,
            lr=learning_rate,
            weight_decay=weight_decay,
            eps=self.epsilon,
            maximize=False,
        )

    def get_config(self):
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


def _bias_correction(beta, step):
    """Returns `1 - beta ** step`. The plain difference would lose three digits of float32 in the first steps."""
    return 1.0 if beta == 0 else -ops.expm1(step * math.log(beta))
