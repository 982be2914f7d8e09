"""Finds the functions that make the samples of a task."""

from training.batches.classification import CLASSIFICATION
from training.batches.config import DataConfig
from training.batches.detection import DETECTION
from training.batches.detection_config import DetectionDataConfig
from training.batches.segmentation import SEGMENTATION
from training.batches.segmentation_config import SegmentationDataConfig

SAMPLES = {
    DataConfig: CLASSIFICATION,
    SegmentationDataConfig: SEGMENTATION,
    DetectionDataConfig: DETECTION,
}


def find_samples(config):
    """Returns the `Samples` for the class of a config."""
    if type(config) not in SAMPLES:
        raise TypeError(f"`config` must be one of {[kind.__name__ for kind in SAMPLES]}. Received: config={config!r}")
    return SAMPLES[type(config)]
