import keras
from keras import ops

from keras_mobilevitv3.checks import check_rate
from keras_mobilevitv3.initializers import Zeros
from training.optimizers.pytorch_optimizer import PyTorchOptimizer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SGD(PyTorchOptimizer):
    """Gradient descent with momentum, with the update of `torch.optim.SGD` without Nesterov's variant or dampening.

    ```
    velocity = momentum * velocity + gradient + weight_decay * variable
    variable -= rate * velocity
    ```

    In `keras.optimizers.SGD`, the velocity includes the learning rate, so a change of the rate acts late. Its weight
    decay changes the variable directly, not the gradient.

    Args:
        learning_rate: Float or `LearningRateSchedule`. Defaults to `0.001`.
        weight_decay: Float. `weight_decay * variable` is added to the gradient. Defaults to `0.0`.
        momentum: Float in [0, 1). Defaults to `0.9`.
        decay_1d: Boolean, whether variables with one axis (biases, scales and offsets of norms) are decayed too.
            Defaults to `True`.
        max_gradient_norm: Float to which the global norm of the gradient is clipped, before weight decay, or `None`.
            With a float, infinity included, the variable `gradient_norm` holds the last norm before clipping. Defaults
            to `None`.
        learning_rate_multipliers: Dict from shell-style pattern of variable paths to float. The first pattern that fits
            a variable multiplies the learning rate of the variable. Defaults to `None`.
        frozen_steps: Integer, number of first steps in which variables with a multiplier below 1 keep their values.
            Defaults to `0`.
        loss_scale_factor: Float or `None`, as in `keras.optimizers.Optimizer`. Defaults to `None`.
        name: Name of the optimizer. Defaults to `"sgd"`.

    Raises:
        ValueError: If an argument is not as stated or, in `build`, a pattern fits no variable.

    Reference:
        [Sutskever et al., 2013](https://proceedings.mlr.press/v28/sutskever13.html)
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.0,
        momentum=0.9,
        decay_1d=True,
        max_gradient_norm=None,
        learning_rate_multipliers=None,
        frozen_steps=0,
        loss_scale_factor=None,
        name="sgd",
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
        check_rate("momentum", momentum)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._velocities = None
        if self.momentum:
            self._velocities = self.add_optimizer_variables(variables, "velocity", initializer=Zeros())

    def update_step(self, gradient, variable, learning_rate):
        index, decay, multiplier = self.group_of(variable)
        update = ops.cast(gradient, variable.dtype)
        if decay:
            update = update + variable * decay
        if self.momentum:
            velocity = self._velocities[index]
            self.assign(velocity, velocity * self.momentum + update)
            update = ops.convert_to_tensor(velocity)
        self.assign_sub(variable, update * (ops.cast(learning_rate, variable.dtype) * multiplier))

    def update_group(self, variables, gradients, indices, learning_rate, weight_decay, fused):
        from torch.optim.sgd import sgd

        sgd(
            variables,
            gradients,
            [self._velocities[index].value if self.momentum else None for index in indices],
            fused=fused,
            weight_decay=weight_decay,
            momentum=self.momentum,
            lr=learning_rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
