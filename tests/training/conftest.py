import pytest


@pytest.fixture(scope="session")
def one_device(tmp_path_factory):
    """The loss of each step and the metrics of a tiny classifier, trained in float32 on one device."""
    from tests.training.train_tiny import train_tiny

    return train_tiny(tmp_path_factory.mktemp("one"))
