"""Checkpoints: read, downloaded, converted, loaded, and written back under the official names."""

from keras_mobilevitv3.weights.errors import CheckpointError, DownloadError
from keras_mobilevitv3.weights.loading import check_weights, export_checkpoint, load_checkpoint, load_weights
from keras_mobilevitv3.weights.match_tensors import LoadReport
