"""Trains a segmenter: `python -m training.train --task segmentation` under a shorter name."""

import sys

from training.train import main

if __name__ == "__main__":
    sys.exit(main(task="segmentation"))
