import keras

WARMUP_STEPS = 500
MIN_LEARNING_RATE = 1e-6
# Highest learning rate, weight decay and largest norm of the gradient, as published for DeepLabv3 and SSDLite.
PUBLISHED = {
    ("segmentation", "multi_head"): (9e-4, 0.01, None),
    ("segmentation", "separable"): (5e-4, 0.05, 10.0),
    ("detection", "multi_head"): (9e-4, 0.01, None),
    ("detection", "separable"): (9e-4, 0.05, None),
}


def published_optimizer(task, attention, learning_rate=None, steps=None):
    """AdamW with the published settings of a task, of batches of 128 images.

    What Keras' AdamW cannot do is left out: ten times the learning rate for the head (DeepLabv3 on the multi-head
    family) and no decay of biases and norms (DeepLabv3 on the separable family).

    Args:
        task: `"segmentation"` or `"detection"`.
        attention: `"multi_head"` or `"separable"`.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the published highest one. Defaults to `None`.
        steps: Integer, number of training steps, over which a float rate is warmed up (500 steps, or a tenth if that is
            less) from a tenth of it and falls along a cosine to 1e-6; `None`: the rate is constant. Defaults to `None`.

    Returns:
        A `keras.optimizers.AdamW`.

    Raises:
        ValueError: If `steps` is not a positive integer.
    """
    published_rate, weight_decay, norm = PUBLISHED[task, attention]
    rate = published_rate if learning_rate is None else learning_rate
    if steps is not None:
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"`steps` must be a positive integer or None. Received: steps={steps!r}")
        if isinstance(rate, float):
            rate = _warmup_cosine(rate, steps)
    return keras.optimizers.AdamW(rate, weight_decay=weight_decay, global_clipnorm=norm)


def _warmup_cosine(rate, steps):
    warmup = min(WARMUP_STEPS, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        rate / 10 if warmup else rate,
        max(steps - warmup, 1),
        alpha=min(MIN_LEARNING_RATE / rate, 1.0),
        warmup_target=rate if warmup else None,
        warmup_steps=warmup,
    )
