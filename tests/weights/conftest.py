import pytest

from tests.weights.local_server import local_server


@pytest.fixture
def server(monkeypatch):
    """A local HTTP server, reached without any proxy."""
    monkeypatch.setenv("no_proxy", "*")
    with local_server() as running:
        yield running
