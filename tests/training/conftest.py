import json
from pathlib import Path

import pytest

# What `python -m tests.training.train_tiny WORKDIR` tells on PyTorch; every backend has the same initial weights.
RUN = Path(__file__).parents[1] / "data" / "tiny_classifier_run.json"


@pytest.fixture(scope="session")
def one_device():
    """The loss of each step and the metrics of a tiny classifier, trained in float32 on one device."""
    return tuple(json.loads(RUN.read_text()).values())
