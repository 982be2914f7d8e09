import keras

from keras_mobilevitv3.checks import check_integer, check_positive

NAMES_OF_VECTORS = ("bias", "gamma", "beta")  # variables of one axis, which some published runs do not decay
WARMUP_STEPS = 500
MIN_LEARNING_RATE = 1e-6


def check_rate_and_steps(learning_rate, steps=None):
    """Raises `ValueError` unless these are as `published_optimizer` takes them; builders ask before they build."""
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        check_positive("learning_rate", learning_rate, optional=True)
    check_integer("steps", steps, optional=True)


def published_optimizer(task, family, learning_rate=None, steps=None):
    """AdamW with the settings of the published run of a task, for batches of 128 images or so.

    What Keras' AdamW cannot do is left out: ten times the learning rate for the head of DeepLabv3 on the multi-head
    family. When it is loaded from a file, it decays every variable.

    Args:
        task: `"classification"`, `"segmentation"` or `"detection"`.
        family: `Family` of the network.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the highest of the published run. Defaults to
            `None`.
        steps: Integer, number of training steps, over which a float rate is warmed up (500 steps, or a tenth if that is
            less) from a tenth of it and falls along a cosine to 1e-6; `None`: the rate is constant. Defaults to `None`.

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
