import os
import subprocess
import sys

import pytest

from keras_mobilevitv3.backend_check import describe_backend_error, is_program_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "program", [("keras_mobilevitv3", "summary", "mobilevitv3_xxs"), ("training.evaluate", "--help")]
)
def test_a_misspelt_backend_is_one_line(program):
    process = subprocess.run(
        [sys.executable, "-m", *program],
        env={**os.environ, "KERAS_BACKEND": "tensorflw"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2 and process.stdout == ""
    assert process.stderr == (
        "keras-mobilevitv3: error: KERAS_BACKEND must be one of tensorflow, jax, torch. Received: 'tensorflw'. Did you "
        "mean 'tensorflow'?\n"
    )


@pytest.mark.parametrize(
    ("error", "backend", "words"),
    [
        (
            ValueError("Unable to import backend : abc"),
            "abc",
            "must be one of tensorflow, jax, torch. Received: 'abc'.",
        ),
        (ModuleNotFoundError("No module named 'jax'", name="jax"), "jax", "the backend 'jax' is not installed"),
        (ModuleNotFoundError("", name="tensorflow"), None, "the backend 'tensorflow' is not installed"),
        (ImportError("a\nb"), "torch", "Keras can't be imported: ImportError: a b"),
    ],
)
def test_what_is_said(error, backend, words):
    assert words in describe_backend_error(error, backend)


@pytest.mark.parametrize(
    ("argv", "given", "expected"),
    [
        (["-m", "--help"], ["python", "-m", "training", "--help"], True),
        (["-m", "list"], ["python", "-m", "keras_mobilevitv3", "list"], False),
        (["-m"], ["python", "-u", "-m", "training.train_classifier"], True),
        (["-m"], ["python", "-m", "pytest"], False),
        (["-m"], ["python", "-m"], False),
        (["script.py"], ["python", "script.py"], False),
        ([""], ["python"], False),
    ],
)
def test_programs_of_a_package(monkeypatch, argv, given, expected):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", given)
    assert is_program_of("training") == expected
