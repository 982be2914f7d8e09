"""Reads, downloads, converts and loads checkpoints, and writes them with the official names."""

from keras_mobilevitv3.weights.errors import CheckpointError, DownloadError
from keras_mobilevitv3.weights.loading import check_weights, export_checkpoint, load_checkpoint, load_weights
from keras_mobilevitv3.weights.match_tensors import LoadReport
