"""Trains a detector. The command is short for `python -m training.train --task detection`."""

import sys

from training.train import main

if __name__ == "__main__":
    sys.exit(main(task="detection"))
