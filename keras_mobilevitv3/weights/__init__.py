"""Reads, downloads, converts and loads checkpoints, and writes them with the official names."""

from keras_mobilevitv3.weights.errors import CheckpointError, DownloadError
