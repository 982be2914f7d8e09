import json
import math

import keras
import numpy as np
import pytest
from keras import ops

from training.optimizers import WarmupCosine


def official_rate(step, epoch, epochs, warmup_steps, warmup, peak, floor):
    """The published rule, written out once more."""
    if step < warmup_steps:
        rate = warmup + step * (peak - warmup) / warmup_steps
    else:
        rate = floor + 0.5 * (peak - floor) * (1 + math.cos(math.pi * epoch / epochs))
    return round(max(0.0, rate), 8)


@pytest.mark.parametrize(
    "warmup_steps, warmup, peak, floor, epochs, lengths",
    [
        (5, 2e-4, 2e-3, 2e-4, 4, [3] * 4),
        (700, 1e-6, 2e-3, 2e-4, 30, [57] * 30),
        (0, 0.0, 0.02, 0.0002, 12, [10] * 12),
        (9, 9e-5, 9e-4, 1e-6, 5, [7, 3, 11, 1, 4]),  # the warm-up ends within the second epoch
        (3, 1e-4, 1e-3, 1e-5, 1, [8]),
        (500, 2e-4, 2e-3, 2e-4, 2, [10, 10]),  # the warm-up is longer than the training
    ],
)
def test_rates(warmup_steps, warmup, peak, floor, epochs, lengths):
    equal = len(set(lengths)) == 1
    schedule = WarmupCosine(peak, floor, epochs, lengths[0] if equal else lengths, warmup_steps, warmup)
    epoch_of_step = np.repeat(np.arange(epochs), lengths)
    expected = [
        official_rate(step, epoch, epochs, warmup_steps, warmup, peak, floor)
        for step, epoch in enumerate(epoch_of_step)
    ]
    rates = ops.convert_to_numpy(schedule(np.arange(sum(lengths))))
    np.testing.assert_array_equal(rates, np.array(expected, "float32"))
    for step in (0, sum(lengths) - 1):
        rate = schedule(keras.Variable(step, dtype="int", trainable=False))
        assert ops.shape(rate) == ()
        assert float(ops.convert_to_numpy(rate)) == np.float32(expected[step])


def test_last_rate_is_kept():
    schedule = WarmupCosine(2e-3, 2e-4, 4, 3, 5, 2e-4)
    assert float(schedule(1000)) == float(schedule(11)) > 2e-4


def test_config():
    schedule = WarmupCosine(2e-3, 2e-4, 3, (3, 4, 5), 5, 1e-4, name="rate")
    serialized = json.loads(json.dumps(keras.optimizers.schedules.serialize(schedule)))
    assert serialized["registered_name"] == "keras_mobilevitv3>WarmupCosine"
    copy = keras.optimizers.schedules.deserialize(serialized)
    assert copy.get_config() == schedule.get_config()
    np.testing.assert_array_equal(
        ops.convert_to_numpy(copy(np.arange(12))), ops.convert_to_numpy(schedule(np.arange(12)))
    )


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 0}, "`epochs`"),
        ({"steps_per_epoch": 0}, "`steps_per_epoch`"),
        ({"steps_per_epoch": [3, 4]}, "3 of them"),
        ({"warmup_steps": -1}, "`warmup_steps`"),
    ],
)
def test_errors(change, message):
    arguments = {"max_learning_rate": 1e-3, "min_learning_rate": 1e-4, "epochs": 3, "steps_per_epoch": 5}
    with pytest.raises(ValueError, match=message):
        WarmupCosine(**{**arguments, **change})
