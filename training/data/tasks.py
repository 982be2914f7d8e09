"""The task of a config."""

from training.data.classification import CLASSIFICATION
from training.data.config import DataConfig
from training.data.detection import DETECTION
from training.data.detection_config import DetectionDataConfig
from training.data.segmentation import SEGMENTATION
from training.data.segmentation_config import SegmentationDataConfig

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
