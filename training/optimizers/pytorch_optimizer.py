import math
from fnmatch import fnmatchcase

import keras
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_integer, check_not_negative, check_positive, is_number


def check_learning_rate(learning_rate):
    """Raises `ValueError` unless the rate is a finite number of at least 0, a schedule, or a function."""
    if not callable(learning_rate):
        check_not_negative("learning_rate", learning_rate)


def check_multipliers(multipliers):
    """Raises `ValueError` unless `multipliers` is `None` or a dict from patterns to finite numbers of at least 0."""
    if multipliers is None:
        return
    if not isinstance(multipliers, dict) or not all(
        isinstance(pattern, str) and is_number(factor) and factor >= 0 for pattern, factor in multipliers.items()
    ):
        raise ValueError(
            "`learning_rate_multipliers` must be a dict from patterns of paths to numbers of at least 0, or None. "
            f"Received: learning_rate_multipliers={multipliers!r}"
        )


class PyTorchOptimizer(keras.optimizers.Optimizer):
    """Base class of optimizers that work as those of PyTorch: parameter groups, and clipping by the global norm.

    A subclass adds its variables in `build` and implements `update_step`, weight decay included. `group_of` returns the
    settings of a variable. On PyTorch, `update_group` replaces `update_step` and calls PyTorch's own function once for
    all variables of a group. Keras would make about ten calls for each variable.

    Clipping works as `torch.nn.utils.clip_grad_norm_`: gradients are multiplied by
    `min(1, max_gradient_norm / (norm + 1e-6))`, with the norm of the gradient of the whole batch. Under
    `tf.distribute`, `global_clipnorm` of Keras would clip the gradient of each replica.

    Args:
        learning_rate: Float or `LearningRateSchedule`.
        weight_decay: Float.
        decay_1d: Boolean, whether variables with one axis (biases, scales and offsets of norms) are decayed too.
        max_gradient_norm: Float, or `None` for no clipping. With a float, infinity included, the variable
            `gradient_norm` holds the norm of the last gradient before clipping.
        learning_rate_multipliers: Dict from shell-style pattern of variable paths to float. The first pattern that fits
            a variable multiplies the learning rate of the variable, also in weight decay. Example: `{"head_*": 10.0}`.
        frozen_steps: Integer, number of first steps in which variables with a multiplier below 1 keep their values.
        loss_scale_factor: Float or `None`, as in `keras.optimizers.Optimizer`.
        name: Name of the optimizer, or `None`.

    Raises:
        ValueError: If an argument is not as stated or, in `build`, a pattern fits no variable.
    """

    def __init__(
        self,
        learning_rate,
        weight_decay,
        decay_1d,
        max_gradient_norm,
        learning_rate_multipliers,
        frozen_steps,
        loss_scale_factor,
        name,
    ):
        check_learning_rate(learning_rate)
        check_integer("frozen_steps", frozen_steps, least=0)
        check_not_negative("weight_decay", weight_decay)
        check_boolean("decay_1d", decay_1d)
        super().__init__(learning_rate, weight_decay=weight_decay, loss_scale_factor=loss_scale_factor, name=name)
        if max_gradient_norm != math.inf:
            check_positive("max_gradient_norm", max_gradient_norm, optional=True)
        check_multipliers(learning_rate_multipliers)
        self.decay_1d = decay_1d
        self.max_gradient_norm = max_gradient_norm
        self.learning_rate_multipliers = dict(learning_rate_multipliers or {})
        self.frozen_steps = frozen_steps
        self.gradient_norm = None
        if max_gradient_norm is not None:
            self.gradient_norm = self.add_variable(shape=(), name="gradient_norm", aggregation="only_first_replica")

    def build(self, variables):
        super().build(variables)
        unused = [
            pattern
            for pattern in self.learning_rate_multipliers
            if not any(fnmatchcase(variable.path, pattern) for variable in variables)
        ]
        if unused:
            raise ValueError(
                "Each pattern of `learning_rate_multipliers` must fit the path of a variable. "
                f"Received: {', '.join(unused)}, which fit none of {', '.join(variable.path for variable in variables)}"
            )
        self._groups = tuple(self._group(variable) for variable in variables)

    def _group(self, variable):
        decay = self.weight_decay if self.decay_1d or len(variable.shape) != 1 else 0.0
        fitting = (
            multiplier
            for pattern, multiplier in self.learning_rate_multipliers.items()
            if fnmatchcase(variable.path, pattern)
        )
        return decay, next(fitting, 1.0)

    def group_of(self, variable):
        """Returns the index of a variable in the list given to `build`, its weight decay and its multiplier."""
        # A private method, but the documentation of `keras.optimizers.Optimizer` uses it to find slots of variables.
        index = self._get_variable_index(variable)
        decay, multiplier = self._groups[index]
        return index, decay, self._present_multiplier(multiplier)

    def _present_multiplier(self, multiplier):
        """Returns a multiplier, or 0 while the variable is frozen."""
        if not self.frozen_steps or multiplier >= 1:
            return multiplier
        return ops.where(self.iterations < self.frozen_steps, 0.0, multiplier)

    def apply(self, grads, trainable_variables=None):
        if self.max_gradient_norm is not None:
            grads = self._clip(list(grads))
        super().apply(grads, trainable_variables)

    def update_group(self, variables, gradients, indices, learning_rate, weight_decay, fused):
        """Updates variables of equal settings at once. Called on PyTorch, without recording gradients.

        Args:
            variables: List of PyTorch tensors, which the method overwrites.
            gradients: List of PyTorch tensors.
            indices: List of integers, the indices of the variables in the list given to `build`.
            learning_rate: PyTorch tensor, learning rate of the group.
            weight_decay: Float, weight decay of the group.
            fused: Boolean, whether all tensors are contiguous. PyTorch's fused functions read numbers in the order of
                the memory, and give wrong results on transposed views without an error.
        """
        raise NotImplementedError

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        """Updates all variables at once. A private method of Keras, but no public method does this."""
        if keras.backend.backend() != "torch":
            super()._backend_update_step(grads, trainable_variables, learning_rate)
            return
        import torch

        groups = {}
        for gradient, variable in zip(grads, trainable_variables):
            index = self._get_variable_index(variable)
            value = variable.value
            settings = (*self._groups[index], value.is_contiguous())
            groups.setdefault(settings, []).append((value, gradient.to(value.dtype).contiguous(), index))
        with torch.no_grad():
            for (decay, multiplier, fused), members in groups.items():
                rate = learning_rate * self._present_multiplier(multiplier)
                self.update_group(*map(list, zip(*members)), rate, decay, fused)

    def _apply_weight_decay(self, variables):
        """Does nothing, because `update_step` and `update_group` include the decay.

        A private method of Keras. Without this override, Keras would decay a second time. The public method that
        excludes all variables from decay fails on PyTorch.
        """

    def _clip(self, grads):
        present = [ops.cast(gradient, "float32") for gradient in grads if gradient is not None]
        squares = [ops.sum(ops.square(gradient)) for gradient in _sum_over_replicas(present)]
        norm = ops.sqrt(ops.sum(ops.stack(squares))) / (self.loss_scale_factor or 1.0)
        self.gradient_norm.assign(norm)
        coefficient = ops.minimum(self.max_gradient_norm / (norm + 1e-6), 1.0)
        return [None if gradient is None else gradient * ops.cast(coefficient, gradient.dtype) for gradient in grads]

    def get_config(self):
        config = super().get_config()
        return {
            "learning_rate": config["learning_rate"],
            "weight_decay": self.weight_decay,
            "decay_1d": self.decay_1d,
            "max_gradient_norm": self.max_gradient_norm,
            "learning_rate_multipliers": dict(self.learning_rate_multipliers),
            "frozen_steps": self.frozen_steps,
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }


def _sum_over_replicas(gradients):
    """Returns the gradients of the global batch. Under `tf.distribute`, optimizers see the gradients of one replica."""
    if keras.backend.backend() != "tensorflow":
        return gradients
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return gradients
    return context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
