from typing import Any

import keras

from keras_mobilevitv3.checks import check_integer, check_positive
from keras_mobilevitv3.families import Family

NAMES_OF_VECTORS = ("bias", "gamma", "beta")  # variables with one axis: some published runs do not decay them
WARMUP_STEPS = 500
MIN_LEARNING_RATE = 1e-6


def check_rate_and_steps(learning_rate: Any, steps: int | None = None) -> None:
    """Raises `ValueError` unless the arguments of `published_optimizer` are valid.

    Builders call this function before they build a model.
    """
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        check_positive("learning_rate", learning_rate, optional=True)
    check_integer("steps", steps, optional=True)


def published_optimizer(task: str, family: Family, learning_rate: Any = None, steps: int | None = None) -> Any:
    """Returns AdamW with the settings of the published run of a task, for batches of about 128 images.

    The published run of DeepLabv3 with the multi-head family trains the head with ten times the learning rate. Keras'
    AdamW does not support this setting. An optimizer that is loaded from a file decays all variables.

    Args:
        task: `"classification"`, `"segmentation"` or `"detection"`.
        family: `Family` of the network.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the peak rate of the published run. Defaults to
            `None`.
        steps: Integer, number of training steps. A float learning rate rises linearly from a tenth to the full rate
            (over 500 steps, or a tenth of `steps` if less), and then decays along a cosine to 1e-6. With `None` the
            learning rate is constant. Defaults to `None`.

    Returns:
        A `keras.optimizers.AdamW`.

    Raises:
        ValueError: If `learning_rate` or `steps` is not as stated.
    """
    check_rate_and_steps(learning_rate, steps)
    settings = dict(family.optimizers[task])
    rate = settings.pop("learning_rate") if learning_rate is None else learning_rate
    settings["learning_rate"] = rate if steps is None else _schedule(rate, steps)
    optimizer = keras.optimizers.AdamW(**settings)
    if task in family.tasks_without_decay_of_vectors:
        optimizer.exclude_from_weight_decay(var_names=list(NAMES_OF_VECTORS))
    return optimizer


def _schedule(rate, steps):
    if not isinstance(rate, float):
        return rate
    warmup = min(WARMUP_STEPS, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        rate / 10 if warmup else rate,
        max(steps - warmup, 1),
        alpha=min(MIN_LEARNING_RATE / rate, 1.0),
        warmup_target=rate if warmup else None,
        warmup_steps=warmup,
    )
