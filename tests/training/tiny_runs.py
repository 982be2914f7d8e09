"""Running `train_tiny` in processes of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.training.train_tiny"


def start(workdir, *arguments, launcher=("-m",), **environment):
    """Starts a run, to read its standard output from."""
    return subprocess.Popen(
        [sys.executable, *launcher, PROGRAM, str(workdir), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """Waits for a run, which must have succeeded; returns its standard output."""
    output, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return output


def results(output):
    """Dict from task to the losses and the metrics that a run has told."""
    told = [json.loads(line) for line in output.splitlines() if line.startswith('{"task"')]
    return {each["task"]: (each["losses"], each["metrics"]) for each in told}


def read_weights(path):
    """Arrays of a `.weights.h5` file by name."""
    arrays = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: arrays.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None
        )
    assert len(arrays) > 20
    return arrays


def largest_difference(first, second):
    assert first.keys() == second.keys()
    return max(float(np.abs(first[name].astype("float64") - second[name]).max()) for name in first)


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]
