import pytest

from tests.weights.local_server import local_server
from tests.weights.saved_classifiers import SavedClassifiers


@pytest.fixture
def server(monkeypatch):
    """A local HTTP server, reached without any proxy."""
    monkeypatch.setenv("no_proxy", "*")
    with local_server() as running:
        yield running


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """The `SavedClassifiers`. Tests that change a file copy it first."""
    return SavedClassifiers(tmp_path_factory.mktemp("saved_classifiers"))
