import keras
import numpy as np
import pytest
from keras import ops

from training.optimizers import SGD, AdamW


@pytest.mark.parametrize("optimizer_class", [AdamW, SGD])
def test_variables_with_a_small_multiplier_rest(optimizer_class):
    first, last = (keras.Variable(np.ones(3, "float32"), name=name) for name in ("stem", "classes"))
    optimizer = optimizer_class(
        0.1, weight_decay=0.1, learning_rate_multipliers={"stem": 0.5, "classes": 1.0}, frozen_steps=2
    )
    seen = []
    for _ in range(3):
        optimizer.apply([ops.ones(3), ops.ones(3)], [first, last])
        seen.append([float(ops.convert_to_numpy(variable)[0]) for variable in (first, last)])
    assert [values[0] for values in seen[:2]] == [1.0, 1.0] and seen[2][0] < 1.0
    assert 1.0 > seen[0][1] > seen[1][1] > seen[2][1]


def test_wrong_steps_and_config():
    assert optimizer_from_config(AdamW(frozen_steps=7)).frozen_steps == 7
    with pytest.raises(ValueError, match="`frozen_steps` must be an integer of at least 0"):
        SGD(frozen_steps=-1)


def optimizer_from_config(optimizer):
    return type(optimizer).from_config(optimizer.get_config())
