from typing import Any

import keras
import keras_cv
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_fraction, check_integer
from keras_mobilevitv3.detection import select_detections
from keras_mobilevitv3.interop.keras_cv.model_requirements import check_box_format

PADDING = -1


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVNonMaxSuppression(keras.layers.Layer):
    """`prediction_decoder` for the detectors of KerasCV that runs on every backend, without torchvision.

    This layer replaces `keras_cv.layers.MultiClassNonMaxSuppression`, which runs only on TensorFlow. With
    `class_agnostic=True` this layer replaces `keras_cv.layers.NonMaxSuppression`, which needs torchvision on PyTorch.

    Args:
        bounding_box_format: String, a box format of KerasCV.
        from_logits: Boolean, whether the class predictions are logits. With `False` they are probabilities.
        iou_threshold: Float in [0, 1]. A detection is dropped if the overlap with a better detection is larger.
            Defaults to `0.5`.
        confidence_threshold: Float in [0, 1]. Detections with a probability at or below the threshold are dropped.
            Defaults to `0.5`.
        max_detections: Integer, maximum number of detections per image. Detections with the highest scores are kept.
            Defaults to `100`.
        max_detections_per_class: Integer, maximum number of detections per class. Defaults to `100`.
        candidates_per_class: Integer, number of boxes per class, with the highest scores, that enter the suppression,
            or `None` for all boxes. Defaults to `None`.
        class_agnostic: Boolean, whether to keep only the best class of each box, and to suppress boxes across classes.
            With `False` suppression is separate for each class. Defaults to `False`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        box_prediction: Float tensor of shape `(batch, boxes, 4)`, in `bounding_box_format`.
        class_prediction: Float tensor of shape `(batch, boxes, classes)`.
        images, image_shape: Ignored. KerasCV passes these arguments.

    Returns:
        Dict of `"boxes"` of shape `(batch, max_detections, 4)`, in `bounding_box_format`, `"confidence"` and
        `"classes"` (int32) of shape `(batch, max_detections)`, and `"num_detections"` of shape `(batch,)`. `"boxes"`,
        `"confidence"` and `"classes"` are padded with -1.

    Raises:
        ValueError: If an argument is not as stated.
    """

    def __init__(
        self,
        bounding_box_format: str,
        from_logits: bool,
        iou_threshold: float = 0.5,
        confidence_threshold: float = 0.5,
        max_detections: int = 100,
        max_detections_per_class: int = 100,
        candidates_per_class: int | None = None,
        class_agnostic: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_box_format(bounding_box_format)
        check_boolean("from_logits", from_logits)
        check_fraction("iou_threshold", iou_threshold)
        check_fraction("confidence_threshold", confidence_threshold)
        check_integer("max_detections", max_detections)
        check_integer("max_detections_per_class", max_detections_per_class)
        check_integer("candidates_per_class", candidates_per_class, optional=True)
        check_boolean("class_agnostic", class_agnostic)
        self.bounding_box_format = bounding_box_format
        self.from_logits = from_logits
        self.iou_threshold = iou_threshold
        self.confidence_threshold = confidence_threshold
        self.max_detections = max_detections
        self.max_detections_per_class = max_detections_per_class
        self.candidates_per_class = candidates_per_class
        self.class_agnostic = class_agnostic
        self.built = True

    # Overlaps are the same in pixels and in fractions of the image size: `call` needs no image size.
    def call(self, box_prediction, class_prediction, images=None, image_shape=None):
        corners = "rel_xyxy" if keras_cv.bounding_box.is_relative(self.bounding_box_format) else "xyxy"
        boxes = keras_cv.bounding_box.convert_format(box_prediction, source=self.bounding_box_format, target=corners)
        scores = ops.sigmoid(class_prediction) if self.from_logits else class_prediction
        box_indices, detections = select_detections(
            boxes,
            ops.max(scores, axis=-1, keepdims=True) if self.class_agnostic else scores,
            max_detections=self.max_detections,
            confidence_threshold=self.confidence_threshold,
            iou_threshold=self.iou_threshold,
            candidates_per_class=self.candidates_per_class,
            max_detections_per_class=self.max_detections if self.class_agnostic else self.max_detections_per_class,
        )
        is_detection = detections["confidence"] > PADDING
        classes = detections["labels"]
        if self.class_agnostic:
            best = ops.take_along_axis(ops.cast(ops.argmax(scores, axis=-1), "int32"), box_indices, axis=1)
            classes = ops.where(is_detection, best, PADDING)
        boxes = ops.take_along_axis(box_prediction, ops.expand_dims(box_indices, -1), axis=1)
        return {
            "boxes": ops.where(ops.expand_dims(is_detection, -1), boxes, PADDING),
            "confidence": detections["confidence"],
            "classes": classes,
            "num_detections": detections["num_detections"],
        }

    def get_config(self):
        return {
            **super().get_config(),
            "bounding_box_format": self.bounding_box_format,
            "from_logits": self.from_logits,
            "iou_threshold": self.iou_threshold,
            "confidence_threshold": self.confidence_threshold,
            "max_detections": self.max_detections,
            "max_detections_per_class": self.max_detections_per_class,
            "candidates_per_class": self.candidates_per_class,
            "class_agnostic": self.class_agnostic,
        }
