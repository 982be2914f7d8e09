import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = """
import sys, training.report.report
print(*sorted({"keras", "tensorflow", "jax", "torch", "matplotlib"} & set(sys.modules)))
"""


def test_the_report_needs_no_backend_and_no_matplotlib_before_it_draws():
    output = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert output == "\n"
