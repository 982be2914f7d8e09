import math
from itertools import accumulate

import keras
from keras import ops

from keras_mobilevitv3.checks import check_integer, check_not_negative, is_integer

DECIMALS = 8


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up at every step, then a cosine that is constant within an epoch.

    - `step < warmup_steps`: `warmup_learning_rate + step * (max_learning_rate - warmup_learning_rate) / warmup_steps`;
    - after: `min_learning_rate + (max_learning_rate - min_learning_rate) * (1 + cos(pi * epoch / epochs)) / 2`.

    Epochs count from the first step, warm-up included. So the rate after a warm-up is below the top of the cosine, and
    the last epoch is still above `min_learning_rate`. Rates are rounded to 8 decimals. They are computed in Python and
    looked up, so they are equal on all backends. Steps after the last epoch have the rate of the last epoch.

    Args:
        max_learning_rate: Float, highest rate of the warm-up and of the cosine.
        min_learning_rate: Float, lowest rate of the cosine.
        epochs: Integer, number of epochs.
        steps_per_epoch: Integer, or a list of one integer per epoch if epochs have different numbers of steps.
        warmup_steps: Integer, number of steps of the warm-up. Defaults to `0`.
        warmup_learning_rate: Float, rate at the start of the warm-up. Defaults to `0.0`.
        name: Name of the operation. Defaults to `"WarmupCosine"`.

    Call arguments:
        step: Integer or integer tensor, the step from 0.

    Returns:
        Float32 tensor of the shape of `step`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    def __init__(
        self,
        max_learning_rate,
        min_learning_rate,
        epochs,
        steps_per_epoch,
        warmup_steps=0,
        warmup_learning_rate=0.0,
        name="WarmupCosine",
    ):
        super().__init__()
        check_integer("epochs", epochs)
        check_integer("warmup_steps", warmup_steps, least=0)
        for argument, rate in (
            ("max_learning_rate", max_learning_rate),
            ("min_learning_rate", min_learning_rate),
            ("warmup_learning_rate", warmup_learning_rate),
        ):
            check_not_negative(argument, rate)
        lengths = [steps_per_epoch] * epochs if is_integer(steps_per_epoch) else steps_per_epoch
        is_list = isinstance(lengths, tuple | list) and all(is_integer(length) for length in lengths)
        if not is_list or len(lengths) != epochs or min(lengths) < 1:
            raise ValueError(
                f"`steps_per_epoch` must be a positive integer or {epochs} of them, one for each epoch. "
                f"Received: steps_per_epoch={steps_per_epoch}"
            )
        self.max_learning_rate = max_learning_rate
        self.min_learning_rate = min_learning_rate
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch if is_integer(steps_per_epoch) else list(lengths)
        self.warmup_steps = warmup_steps
        self.warmup_learning_rate = warmup_learning_rate
        self.name = name
        self._later_starts = list(accumulate(lengths))[:-1]  # first steps of the second, third ... epoch
        self._warmup_rates = [self._warmup_rate(step) for step in range(warmup_steps)]
        self._epoch_rates = [self._epoch_rate(epoch) for epoch in range(epochs)]

    def __call__(self, step):
        step = ops.cast(step, "int32")
        rates = ops.convert_to_tensor(self._epoch_rates, "float32")
        if self._later_starts:
            starts = ops.convert_to_tensor(self._later_starts, "int32")
            epoch = ops.sum(ops.cast(ops.expand_dims(step, -1) >= starts, "int32"), axis=-1)
            rate = ops.take(rates, epoch)
        else:
            rate = ops.broadcast_to(rates[0], ops.shape(step))
        if self.warmup_steps == 0:
            return rate
        warmup = ops.convert_to_tensor(self._warmup_rates, "float32")
        return ops.where(step < self.warmup_steps, ops.take(warmup, ops.minimum(step, self.warmup_steps - 1)), rate)

    def _warmup_rate(self, step):
        rise = self.max_learning_rate - self.warmup_learning_rate
        return round(max(0.0, self.warmup_learning_rate + step * rise / self.warmup_steps), DECIMALS)

    def _epoch_rate(self, epoch):
        height = self.max_learning_rate - self.min_learning_rate
        rate = self.min_learning_rate + 0.5 * height * (1 + math.cos(math.pi * epoch / self.epochs))
        return round(max(0.0, rate), DECIMALS)

    def get_config(self):
        return {
            "max_learning_rate": self.max_learning_rate,
            "min_learning_rate": self.min_learning_rate,
            "epochs": self.epochs,
            "steps_per_epoch": self.steps_per_epoch,
            "warmup_steps": self.warmup_steps,
            "warmup_learning_rate": self.warmup_learning_rate,
            "name": self.name,
        }
