"""Trains a detector: `python -m training.train --task detection` under a shorter name."""

import sys

from training.train import main

if __name__ == "__main__":
    sys.exit(main(task="detection"))
