import keras
import pytest

from tests.training.distribution.replicas import TWO_REPLICAS, told_by_the_first

TASKS = {"torch": ["classifier", "subclass"], "jax": ["classifier"], "tensorflow": ["classifier"]}
RELEASE_TASKS = dict.fromkeys(TASKS, ["segmenter", "detector"])


@pytest.fixture(scope="session")
def two_replicas(tmp_path_factory, request):
    """What two replicas tell of each task, one after the other in the same processes."""
    tasks = (RELEASE_TASKS if request.config.getoption("--release") else TASKS)[keras.backend.backend()]
    return told_by_the_first(TWO_REPLICAS(tmp_path_factory.mktemp("two"), *tasks))
