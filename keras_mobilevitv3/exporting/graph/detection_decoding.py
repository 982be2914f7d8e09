from collections.abc import Mapping, Sequence
from typing import Any

import keras

from keras_mobilevitv3.array_types import ImageSize
from keras_mobilevitv3.detection import decode_detections, ssd_anchors
from keras_mobilevitv3.exporting.graph.names import DETECTIONS

DECODING_ARGUMENTS = (
    "confidence_threshold",
    "iou_threshold",
    "candidates_per_class",
    "max_detections_per_class",
    "max_detections",
    "order",
)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class DetectionDecoding(keras.layers.Layer):
    """Layer for decoding and non-maximum suppression at the end of a detector.

    Args:
        level_sizes: Sequence of `(height, width)`, one for each feature map of the detector; see `ssd_anchors`.
        image_size: Tuple `(height, width)`, size of the images. Boxes are returned in pixels of these images.
        settings: Dict of the other arguments of `decode_detections`.
        **kwargs: Further arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        inputs: Dict of `"class_logits"`, shape `(batch, anchors, classes + 1)`, and `"box_regressions"`, shape
            `(batch, anchors, 4)`.

    Returns:
        Dict of `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"`, see `decode_detections`.
    """

    def __init__(
        self, level_sizes: Sequence[ImageSize], image_size: ImageSize, settings: Mapping[str, Any], **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.level_sizes = tuple(map(tuple, level_sizes))
        self.image_size = tuple(image_size)
        self.settings = dict(settings)
        self.anchors = ssd_anchors(self.level_sizes)

    @classmethod
    def of(cls, detector):
        """Builds the layer with the settings of an `SSDDetector`, to return the same detections as its `predict`."""
        settings = {name: getattr(detector, name) for name in DECODING_ARGUMENTS}
        return cls(detector.level_sizes, detector.image_size, settings, name=DETECTIONS)

    def call(self, inputs):
        return decode_detections(inputs, self.anchors, self.image_size, **self.settings)

    def compute_output_spec(self, inputs):
        batch = inputs["class_logits"].shape[0]
        count = self.settings.get("max_detections", 200)
        return {
            "boxes": keras.KerasTensor((batch, count, 4), dtype="float32"),
            "labels": keras.KerasTensor((batch, count), dtype="int32"),
            "confidence": keras.KerasTensor((batch, count), dtype="float32"),
            "num_detections": keras.KerasTensor((batch,), dtype="int32"),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "level_sizes": self.level_sizes,
            "image_size": self.image_size,
            "settings": self.settings,
        }
