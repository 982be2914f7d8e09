"""Measured: 1.2e-7 from `torch.optim.SGD`."""

import pytest

from tests.training.optimizers.check_optimizer import (
    STEPS,
    check_close,
    check_config,
    check_fit,
    check_layouts,
    check_state,
    make_variables,
    train_keras,
    train_numpy,
    train_torch,
)
from training.optimizers import SGD, WarmupCosine

SCHEDULE = (2e-2, 2e-4, 4, 5)
CASES = {
    "ade20k": {"weight_decay": 1e-4, "decay_1d": False, "max_norm": 10.0, "multipliers": {}},
    "all": {"weight_decay": 0.1, "decay_1d": True, "max_norm": None, "multipliers": {}},
    "head": {
        "weight_decay": 0.1,
        "decay_1d": False,
        "max_norm": 2.0,
        "multipliers": {"head/kernel": 10.0, "head/bias": 10.0},
    },
}


def make_optimizer(weight_decay, decay_1d, max_norm, multipliers, **arguments):
    return SGD(
        WarmupCosine(*SCHEDULE),
        weight_decay,
        decay_1d=decay_1d,
        max_gradient_norm=max_norm,
        learning_rate_multipliers={"*head/*": 10.0} if multipliers else None,
        **arguments,
    )


def rates():
    return [float(WarmupCosine(*SCHEDULE)(step)) for step in range(STEPS)]


def rule(variable, gradient, slots, step, rate, decay, momentum=0.9):
    slots["v"] = momentum * slots.get("v", 0.0) + gradient + decay * variable
    return variable - rate * slots["v"]


@pytest.mark.parametrize("case", CASES)
def test_against_numpy_and_torch(case):
    import torch

    found = train_keras(make_optimizer(**CASES[case]), make_variables())
    check_close(found, train_numpy(rule, rates=rates(), **CASES[case]), 5e-6)
    expected = train_torch(lambda groups: torch.optim.SGD(groups, momentum=0.9), rates=rates(), **CASES[case])
    check_close(found, expected, 5e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_momentum(momentum):
    found = train_keras(make_optimizer(**CASES["all"], momentum=momentum), make_variables())
    expected = train_numpy(lambda *arguments: rule(*arguments, momentum=momentum), rates=rates(), **CASES["all"])
    check_close(found, expected, 5e-6)


def test_config():
    check_config(make_optimizer(**CASES["head"], momentum=0.8, name="other"))
    check_config(SGD(1e-3, momentum=0.0))


def test_layouts():
    check_layouts(lambda: SGD(0.1, weight_decay=0.1))


def test_state():
    check_state(lambda: make_optimizer(**CASES["head"]))


def test_fit():
    check_fit(SGD(5e-2, 1e-4, decay_1d=False, max_gradient_norm=10.0), jit_compile=False)


def test_errors():
    with pytest.raises(ValueError, match="`momentum`"):
        SGD(momentum=1.0)
