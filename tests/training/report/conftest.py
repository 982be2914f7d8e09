import pytest

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def clean_keras():
    """Nothing to clean: the report does without Keras."""
