import keras
import keras_cv
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_fraction, check_integer
from keras_mobilevitv3.detection import select_detections
from keras_mobilevitv3.interop.keras_cv.model_requirements import check_box_format

NONE = -1  # where there is no detection


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVNonMaxSuppression(keras.layers.Layer):
    """A `prediction_decoder` for the detectors of KerasCV that runs on every backend, without torchvision.

    It takes the place of `keras_cv.layers.MultiClassNonMaxSuppression`, which is for TensorFlow only, and with
    `class_agnostic=True` that of `keras_cv.layers.NonMaxSuppression`, which needs torchvision on PyTorch.

    Args:
        bounding_box_format: String, a format of KerasCV.
        from_logits: Boolean, whether scores are logits, and not probabilities.
        iou_threshold: Float in [0, 1]; a detection is dropped that overlaps a better one by more. Defaults to `0.5`.
        confidence_threshold: Float in [0, 1]; detections are more probable. Defaults to `0.5`.
        max_detections: Integer, how many detections of an image remain, those with the highest scores. Defaults to
            `100`.
        max_detections_per_class: Integer, how many detections of a class remain. Defaults to `100`.
        candidates_per_class: Integer, how many boxes of a class enter the suppression, those with the highest scores,
            or `None` for all. Defaults to `None`.
        class_agnostic: Boolean, whether each box has its best class only and is dropped for a better one of any class.
            Defaults to `False`.
        **kwargs: Other arguments of `keras.layers.Layer`, such as `name`.

    Call arguments:
        box_prediction: Float tensor of shape `(batch, boxes, 4)`, in `bounding_box_format`.
        class_prediction: Float tensor of shape `(batch, boxes, classes)`.
        images, image_shape: As KerasCV gives them; not needed, as overlaps are the same in units of the image.

    Returns:
        Dict of `"boxes"` of shape `(batch, max_detections, 4)`, in `bounding_box_format`, `"confidence"` and
        `"classes"` (int32) of shape `(batch, max_detections)`, and `"num_detections"` of shape `(batch,)`. The rest of
        the first three is -1.

    Raises:
        ValueError: If an argument is not as stated.
    """

    def __init__(
        self,
        bounding_box_format,
        from_logits,
        iou_threshold=0.5,
        confidence_threshold=0.5,
        max_detections=100,
        max_detections_per_class=100,
        candidates_per_class=None,
        class_agnostic=False,
        **kwargs,
    ):
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

    def call(self, box_prediction, class_prediction, images=None, image_shape=None):
        corners = "rel_xyxy" if keras_cv.bounding_box.is_relative(self.bounding_box_format) else "xyxy"
        boxes = keras_cv.bounding_box.convert_format(box_prediction, source=self.bounding_box_format, target=corners)
        scores = ops.sigmoid(class_prediction) if self.from_logits else class_prediction
        numbers, found = select_detections(
            boxes,
            ops.max(scores, axis=-1, keepdims=True) if self.class_agnostic else scores,
            max_detections=self.max_detections,
            confidence_threshold=self.confidence_threshold,
            iou_threshold=self.iou_threshold,
            candidates_per_class=self.candidates_per_class,
            max_detections_per_class=self.max_detections if self.class_agnostic else self.max_detections_per_class,
        )
        is_there = found["confidence"] > NONE
        classes = found["labels"]
        if self.class_agnostic:
            best = ops.take_along_axis(ops.cast(ops.argmax(scores, axis=-1), "int32"), numbers, axis=1)
            classes = ops.where(is_there, best, NONE)
        boxes = ops.take_along_axis(box_prediction, ops.expand_dims(numbers, -1), axis=1)
        return {
            "boxes": ops.where(ops.expand_dims(is_there, -1), boxes, NONE),
            "confidence": found["confidence"],
            "classes": classes,
            "num_detections": found["num_detections"],
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
