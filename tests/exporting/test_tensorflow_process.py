import importlib.util
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow, read_job

pytestmark = pytest.mark.once


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@pytest.mark.release  # a process that imports TensorFlow
def test_the_error_of_the_other_process_is_told(model, tmp_path):
    path = tmp_path / "no" / "folder" / "net.tflite"
    with pytest.raises(RuntimeError, match=r"net\.tflite failed in the TensorFlow process: .*No such file"):
        export_in_tensorflow("litert", model, path)


def test_model_and_arguments_arrive_in_the_other_process(model, tmp_path, monkeypatch):
    images = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype("float32")
    arrived = {}

    def process(command, env, **options):
        assert command[1:4] == ["-m", "keras_mobilevitv3.exporting", "artefact"]
        assert command[-1] == str(tmp_path / "net.onnx") and env["KERAS_BACKEND"] == "tensorflow"
        path, arguments = read_job(Path(command[4]))
        arrived.update(arguments, weights=keras.saving.load_model(path).get_weights())
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    monkeypatch.setattr(subprocess, "run", process)
    path = export_in_tensorflow("artefact", model, tmp_path / "net.onnx", precision="int8", calibration=images)
    assert path == tmp_path / "net.onnx" and arrived["precision"] == "int8"
    assert arrived["calibration"].dtype == np.float32
    np.testing.assert_array_equal(arrived["calibration"], images)
    for values, expected in zip(arrived["weights"], model.get_weights(), strict=True):
        np.testing.assert_array_equal(values, expected)


def test_without_tensorflow(model, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"keras-mobilevitv3\[export\]"):
        export_in_tensorflow("litert", model, tmp_path / "net.tflite")
