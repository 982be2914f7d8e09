import keras

from keras_mobilevitv3.checks import check_integer, check_positive

# Highest learning rates, weight decays and largest norms of the gradient of the published runs.
PUBLISHED = {
    ("classification", "multi_head"): {"learning_rate": 2e-3, "weight_decay": 0.01},
    ("classification", "separable"): {"learning_rate": 2e-3, "weight_decay": 0.05, "global_clipnorm": 10.0},
    ("segmentation", "multi_head"): {"learning_rate": 9e-4, "weight_decay": 0.01},
    ("segmentation", "separable"): {"learning_rate": 5e-4, "weight_decay": 0.05, "global_clipnorm": 10.0},
    ("detection", "multi_head"): {"learning_rate": 9e-4, "weight_decay": 0.01},
    ("detection", "separable"): {"learning_rate": 9e-4, "weight_decay": 0.05},
}
# Runs that did not decay variables of one axis, and the names of these.
UNDECAYED = {("classification", "separable"), ("segmentation", "separable")}
UNDECAYED_NAMES = ("bias", "gamma", "beta")
WARMUP_STEPS = 500
MIN_LEARNING_RATE = 1e-6


def check_rate_and_steps(learning_rate, steps=None):
    """Raises `ValueError` unless these are as `published_optimizer` takes them; builders ask before they build."""
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        check_positive("learning_rate", learning_rate, optional=True)
    check_integer("steps", steps, optional=True)


def published_optimizer(task, attention, learning_rate=None, steps=None):
    """AdamW with the settings of the published run of a task, for batches of 128 images or so.

    What Keras' AdamW cannot do is left out: ten times the learning rate for the head of DeepLabv3 on the multi-head
    family. When it is loaded from a file, it decays every variable.

    Args:
        task: `"classification"`, `"segmentation"` or `"detection"`.
        attention: `"multi_head"` or `"separable"`, the family of the network.
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
    settings = dict(PUBLISHED[task, attention])
    rate = settings.pop("learning_rate") if learning_rate is None else learning_rate
    settings["learning_rate"] = rate if steps is None else _schedule(rate, steps)
    optimizer = keras.optimizers.AdamW(**settings)
    if (task, attention) in UNDECAYED:
        optimizer.exclude_from_weight_decay(var_names=list(UNDECAYED_NAMES))
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
