"""The libraries are imported only when they are asked for, and their absence is explained."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

BLOCKED = """
import sys
sys.modules["keras_cv"] = sys.modules["keras_hub"] = None
import keras_mobilevitv3, keras_mobilevitv3.interop
for adapter in ("keras_cv", "keras_hub"):
    try:
        __import__(f"keras_mobilevitv3.interop.{adapter}")
    except ImportError as error:
        print(error)
"""


def test_without_the_libraries():
    result = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    messages = result.stdout.splitlines()
    assert len(messages) == 2
    for message, library, extra in zip(messages, ("KerasCV", "KerasHub"), ("keras-cv", "keras-hub")):
        assert f"needs {library}" in message and f"`pip install keras-mobilevitv3[{extra}]`" in message


def test_unknown_names():
    keras_cv = pytest.importorskip("keras_mobilevitv3.interop.keras_cv")
    with pytest.raises(AttributeError, match="has no `mask_rcnn`"):
        keras_cv.mask_rcnn  # noqa: B018
