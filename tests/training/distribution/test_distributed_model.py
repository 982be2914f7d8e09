"""A model of a class of its own in two processes against one process, on the same global batches."""

import numpy as np
import pytest

from tests.training.distribution.train_subclass import train
from training.distribution import start_strategy

pytestmark = pytest.mark.backend("torch")


@pytest.fixture
def two_processes(two_replicas):
    """What the first of two processes tells."""
    return two_replicas["subclass"][1]


def test_the_loss_of_the_class_is_minimized(two_processes):
    model, logs = train(start_strategy())
    for found, expected in zip(two_processes["weights"], model.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert two_processes["logs"]["loss"] == pytest.approx(logs["loss"], rel=1e-5)


def test_confusion_matrices_are_those_of_all_processes(two_processes):
    _, logs = train(start_strategy())
    assert two_processes["logs"]["signs"] == pytest.approx(logs["signs"], rel=1e-6)


def test_the_class_stays(two_processes):
    assert two_processes["is_shrinking"]
    assert two_processes["predicted"] == ["outputs"]
    assert two_processes["class"] in ("Shrinking", "tests>Shrinking")
