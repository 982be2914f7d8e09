"""Trains a segmenter. The command is short for `python -m training.train --task segmentation`."""

import sys

from training.train import main

if __name__ == "__main__":
    sys.exit(main(task="segmentation"))
