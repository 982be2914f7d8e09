import subprocess
import sys

import pytest

BLOCKED = """
import sys
sys.modules["keras_cv"] = sys.modules["keras_hub"] = None
import keras_mobilevitv3
try:
    import keras_mobilevitv3.interop.keras_cv
except ImportError as error:
    print(error)
"""


def test_import_without_keras_cv():
    result = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True)
    assert "pip install keras-mobilevitv3[keras-cv]" in result.stdout


def test_unknown_names():
    from keras_mobilevitv3.interop import keras_cv

    with pytest.raises(AttributeError, match="has no `mask_rcnn`"):
        keras_cv.mask_rcnn  # noqa: B018
