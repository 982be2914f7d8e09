import keras

# Peak learning rates and weight decays of the published runs, for their batch sizes (the whole batch of all devices).
PUBLISHED = {
    ("classification", "multi_head"): {"learning_rate": 2e-3, "weight_decay": 0.01},
    ("classification", "separable"): {"learning_rate": 2e-3, "weight_decay": 0.05, "global_clipnorm": 10.0},
    ("segmentation", "multi_head"): {"learning_rate": 9e-4, "weight_decay": 0.01},
    ("segmentation", "separable"): {"learning_rate": 5e-4, "weight_decay": 0.05, "global_clipnorm": 10.0},
    ("detection", "multi_head"): {"learning_rate": 9e-4, "weight_decay": 0.01},
    ("detection", "separable"): {"learning_rate": 9e-4, "weight_decay": 0.05},
}
# Variables with one axis, which these runs did not decay.
UNDECAYED = {("classification", "separable"), ("segmentation", "separable")}
UNDECAYED_NAMES = ("bias", "gamma", "beta")


def published_optimizer(task, attention, learning_rate=None):
    """AdamW with the settings of the published run of a task.

    Args:
        task: `"classification"`, `"segmentation"` or `"detection"`.
        attention: `"multi_head"` or `"separable"`, the family of the network.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`, the highest of the published schedule, which
            rose to it in the first steps and fell along a cosine.

    Returns:
        `keras.optimizers.AdamW`.
    """
    settings = dict(PUBLISHED[task, attention])
    if learning_rate is not None:
        settings["learning_rate"] = learning_rate
    optimizer = keras.optimizers.AdamW(**settings)
    if (task, attention) in UNDECAYED:
        optimizer.exclude_from_weight_decay(var_names=list(UNDECAYED_NAMES))
    return optimizer
