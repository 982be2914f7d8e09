"""The task of a config."""

from training.batches.classification import CLASSIFICATION
from training.batches.config import DataConfig
from training.batches.detection import DETECTION
from training.batches.detection_config import DetectionDataConfig
from training.batches.segmentation import SEGMENTATION
from training.batches.segmentation_config import SegmentationDataConfig

TASKS = {
    DataConfig: CLASSIFICATION,
    SegmentationDataConfig: SEGMENTATION,
    DetectionDataConfig: DETECTION,
}


def find_task(config):
    """Returns the `Task` of a config, by its class."""
    if type(config) not in TASKS:
        raise TypeError(f"`config` must be one of {[kind.__name__ for kind in TASKS]}. Received: config={config!r}")
    return TASKS[type(config)]
