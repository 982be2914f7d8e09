"""The libraries are imported only when they are asked for, and their absence is explained."""

import sys
from importlib import import_module

import pytest

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("library", "name"), [("keras_cv", "KerasCV"), ("keras_hub", "KerasHub")])
def test_without_the_libraries(monkeypatch, library, name):
    for blocked in ("keras_cv", "keras_hub"):
        monkeypatch.setitem(sys.modules, blocked, None)
    for imported in ("keras_mobilevitv3.interop", f"keras_mobilevitv3.interop.{library}"):
        monkeypatch.delitem(sys.modules, imported, raising=False)
    import_module("keras_mobilevitv3.interop")
    with pytest.raises(ImportError, match=f"needs {name}") as error:
        import_module(f"keras_mobilevitv3.interop.{library}")
    assert f"`pip install keras-mobilevitv3[{library.replace('_', '-')}]`" in str(error.value)


def test_unknown_names():
    keras_cv = pytest.importorskip("keras_mobilevitv3.interop.keras_cv")
    with pytest.raises(AttributeError, match="has no attribute `mask_rcnn`"):
        keras_cv.mask_rcnn  # noqa: B018
