import pytest


@pytest.fixture(autouse=True)
def clean_keras():
    """Nothing to clean: the augmentations do without Keras."""
