import pytest


@pytest.fixture(autouse=True)
def clean_keras():
    """Nothing to clean: the report does without Keras."""


@pytest.fixture
def figures(monkeypatch):
    """List of the figures of Matplotlib that a test saves."""
    from matplotlib.figure import Figure

    saved = []
    save = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda figure, *args, **kw: saved.append(figure) or save(figure, *args, **kw)
    )
    return saved
