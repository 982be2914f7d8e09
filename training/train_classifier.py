"""Trains a classifier. The command is short for `python -m training.train --task classification`."""

import sys

from training.train import main

if __name__ == "__main__":
    sys.exit(main(task="classification"))
