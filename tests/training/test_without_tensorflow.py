"""Each task is trained and evaluated where TensorFlow and TensorFlow Datasets are not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys

class WithoutTensorFlow:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *arguments):
        hidden = name.split(".")[0] in ("tensorflow", "tensorflow_datasets")
        return None if hidden else self.finder.find_spec(name, *arguments)

sys.meta_path[:] = map(WithoutTensorFlow, sys.meta_path)

from pathlib import Path
from tests.training.train_tiny import RUNS, recipe, train_tiny
from tests.tiny_networks import SHALLOW

for task, (record, name, settings) in RUNS.items():
    workdir = Path(sys.argv[1]) / task
    losses, metrics = train_tiny(workdir, task)
    assert len(losses) == 5 and "val_loss" in metrics
    small = recipe(name, 16, **settings)
    found = record.evaluate(small, SHALLOW["multi_head"], workdir / "last.weights.h5", small.default_data)
    print(task, record.describe(found))
    assert not (workdir / "logs").exists()
assert not {"tensorflow", "tensorflow_datasets"} & set(sys.modules)
"""


@pytest.mark.backend("jax", "torch")
@pytest.mark.release("jax")  # where compiling takes minutes
def test_training_and_evaluation(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-3000:]
    for told in ("classifier top-1", "segmenter mean IoU", "detector 80 images", "No logs for TensorBoard"):
        assert told in result.stdout + result.stderr
