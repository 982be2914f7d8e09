import importlib.util

import pytest

from keras_mobilevitv3.export.tensorflow_process import export_in_tensorflow
from tests.tiny_networks import tiny_classifier


def test_the_error_of_the_other_process_is_told(tmp_path):
    path = tmp_path / "no" / "folder" / "net.tflite"
    with pytest.raises(RuntimeError, match=r"net\.tflite failed in the TensorFlow process: .*No such file"):
        export_in_tensorflow("litert", tiny_classifier("separable", input_shape=(64, 64, 3)), path)


def test_without_tensorflow(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"keras-mobilevitv3\[export\]"):
        export_in_tensorflow("litert", tiny_classifier("separable"), tmp_path / "net.tflite")
