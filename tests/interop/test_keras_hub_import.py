"""KerasHub is imported only when it is asked for, and its absence is explained."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHOUT_IT = "import sys; sys.modules['keras_hub'] = None; "


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


def test_the_package_does_not_need_it():
    result = run(f"{WITHOUT_IT}import keras_mobilevitv3, keras_mobilevitv3.interop")
    assert result.returncode == 0, result.stderr


def test_the_adapter_says_how_to_install_it():
    result = run(f"{WITHOUT_IT}import keras_mobilevitv3.interop.keras_hub")
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1] == (
        "ImportError: `keras_mobilevitv3.interop.keras_hub` needs KerasHub: pip install keras-mobilevitv3[keras-hub]"
    )
