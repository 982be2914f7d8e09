import os
import sys

import pytest


@pytest.fixture(autouse=True)
def threads_of_torch():
    """Sets PyTorch back to its number of threads, which benchmarks change: results depend on it in the last digits."""
    threads = sys.modules["torch"].get_num_threads() if "torch" in sys.modules else int(os.environ["OMP_NUM_THREADS"])
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
