import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import ImageSize, Tensor
from keras_mobilevitv3.backbones.trained_on_targets import TrainedOnTargets
from keras_mobilevitv3.checks import is_integer, is_number
from keras_mobilevitv3.detection import decode_detections, match_anchors, ssd_anchors, usable_boxes
from keras_mobilevitv3.detection.anchors import ASPECT_RATIOS
from keras_mobilevitv3.detection.decoding import ORDERS
from keras_mobilevitv3.detection.multibox_loss import MultiBoxLoss


def _is_fraction(value):
    return is_number(value) and 0 <= value <= 1


def _is_limit(value):
    return is_integer(value) and value > 0


# Attributes that may change after construction: a description of the valid values, and a function that checks a value.
SETTINGS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "confidence_threshold": ("a number in [0, 1]", _is_fraction),
    "iou_threshold": ("a number in [0, 1]", _is_fraction),
    "candidates_per_class": ("a positive integer or None", lambda value: value is None or _is_limit(value)),
    "max_detections_per_class": ("a positive integer", _is_limit),
    "max_detections": ("a positive integer", _is_limit),
    "order": (f"one of {list(ORDERS)}", lambda value: value in ORDERS),
    "clip_boxes": ("True or False", lambda value: isinstance(value, bool)),
}


def check_setting(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is valid for the setting of this name, a key of `SETTINGS`."""
    allowed, is_allowed = SETTINGS[name]
    if not is_allowed(value):
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value!r}")


SETTINGS_ATTRIBUTE = "_ssd_detector_settings"  # attribute of output tensors, see `_run_through_graph`


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SSDDetector(TrainedOnTargets, keras.Model):
    """Functional model with the outputs of an SSD head. The model learns from boxes and predicts boxes.

    - `call` returns the raw outputs: `"class_logits"` of shape `(batch, anchors, classes + 1)`, background first, and
      `"box_regressions"` of shape `(batch, anchors, 4)`, relative to `anchors`.
    - `fit` and `evaluate` take images and `{"boxes": (batch, max_boxes, 4), "labels": (batch, max_boxes)}`. Boxes are
      `xyxy` in pixels of the images. Labels are integers in [0, classes); the label -1 is padding. `compile` needs only
      an optimizer. The loss ignores boxes with another label, with a coordinate that is not finite, without width or
      height, or outside the image. Images and batches may have no boxes. If the targets are NumPy arrays, the model
      warns with the number of unusable boxes, and raises an error for labels outside the classes, if no box is usable,
      or if boxes are fractions of the image size instead of pixels.
    - `predict` returns `"boxes"` of shape `(batch, max_detections, 4)`, `xyxy` in pixels of the images, not clipped to
      the images; `"labels"` and `"confidence"` of shape `(batch, max_detections)`; and `"num_detections"` of shape
      `(batch,)`. `"boxes"`, `"labels"` and `"confidence"` are padded with -1, as in
      `keras_hub.models.RetinaNetObjectDetector`.

    The thresholds and limits are attributes that may change at any time. Saved files and clones of the model keep their
    current values.

    Args:
        inputs: Keras input, images of a known size.
        outputs: Dict of the raw outputs, returned by `ssdlite_head`.
        confidence_threshold: Float in [0, 1]. Detections with a probability at or below the threshold are dropped.
            Defaults to `0.01`.
        iou_threshold: Float in [0, 1]. A detection is dropped if the overlap with a better detection of the same class
            is larger. Defaults to `0.5`.
        candidates_per_class: Integer, number of boxes per class, with the highest scores, that enter the non-maximum
            suppression, or `None` for all boxes. Defaults to `400`.
        max_detections_per_class: Integer, maximum number of detections per class. Defaults to `200`.
        max_detections: Integer, maximum number of detections per image. Detections with the highest scores are kept.
            Defaults to `200`.
        order: `"score"` or `"class"`, see `decode_detections`. Defaults to `"score"`.
        clip_boxes: Boolean, whether to clip the boxes of the targets to the image. Defaults to `True`.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325)
    """

    # Keras passes `*args` to restore the graph from the config.
    def __init__(
        self,
        *args: Any,
        confidence_threshold: float = 0.01,
        iou_threshold: float = 0.5,
        candidates_per_class: int | None = 400,
        max_detections_per_class: int = 200,
        max_detections: int = 200,
        order: str = "score",
        clip_boxes: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.level_sizes = tuple(
            tuple(self.get_layer(f"ssd_head{level}").output.shape[1:3]) for level in range(len(ASPECT_RATIOS))
        )
        self.anchors = ssd_anchors(self.level_sizes)
        self.classes = self.output["class_logits"].shape[-1] - 1
        self.confidence_threshold = confidence_threshold
        self.iou_threshold = iou_threshold
        self.candidates_per_class = candidates_per_class
        self.max_detections_per_class = max_detections_per_class
        self.max_detections = max_detections
        self.order = order
        self.clip_boxes = clip_boxes
        for name, value in getattr(self.output["class_logits"], SETTINGS_ATTRIBUTE, {}).items():
            setattr(self, name, value)
        self.multibox_loss = MultiBoxLoss()

    def __setattr__(self, name, value):
        if name in SETTINGS:
            check_setting(name, value)
            self.reset_compiled_functions()
        super().__setattr__(name, value)

    def save(self, filepath, *args, **kwargs):
        if str(filepath).endswith((".h5", ".hdf5")):  # this format cannot store operations such as slices
            raise ValueError(
                "`filepath` must end in '.keras': the older '.h5' format cannot store a detector; `save_weights` "
                f"writes '.weights.h5' files. Received: filepath={str(filepath)!r}"
            )
        super().save(filepath, *args, **kwargs)

    @property
    def image_size(self) -> ImageSize:
        """Tuple `(height, width)` of the images."""
        return tuple(self.input.shape[1:3])

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **kwargs):
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics}
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"`{name}` must be None: the model has its own loss; to evaluate boxes, use `training.metrics` or "
                    f"another implementation of the COCO metrics. Received: {name}={value!r}"
                )
        super().compile(optimizer, **kwargs)

    def check_targets(self, y, of_batch=False):
        if isinstance(y, dict) and all(isinstance(y.get(name), np.ndarray) for name in ("boxes", "labels")):
            _check_target_shapes(y)
            check_labels(y["labels"], self.classes)
            if not of_batch:
                check_boxes(y["boxes"], y["labels"], self.image_size)

    def compute_targets(self, y: dict[str, Tensor]) -> dict[str, Tensor]:
        """Computes class and regression targets of the anchors, see `match_anchors`.

        Args:
            y: Dict of `"boxes"` and `"labels"`, the targets of `fit`.

        Returns:
            Dict of `"labels"` of shape `(batch, anchors)` and `"boxes"` of shape `(batch, anchors, 4)`.
        """
        _check_target_shapes(y)
        labels = ops.cast(y["labels"], "int32")
        height, width = self.image_size
        boxes = ops.cast(y["boxes"], "float32") / ops.convert_to_tensor([width, height, width, height], "float32")
        boxes, usable = usable_boxes(boxes, labels, self.classes, self.clip_boxes)
        return match_anchors(boxes, labels, usable, self.anchors)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if sample_weight is not None:
            raise ValueError(
                f"`sample_weight` must be None: the model has its own loss. Received: sample_weight={sample_weight!r}"
            )
        loss = self.multibox_loss(self.compute_targets(y), y_pred)
        for regularization in self.losses:
            loss = loss + ops.sum(regularization)
        return loss

    def decode_predictions(self, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Converts the raw outputs to the detections that `predict` returns.

        Args:
            outputs: Dict of `"class_logits"` and `"box_regressions"`, the outputs of `call`.

        Returns:
            Dict of `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"`.
        """
        return decode_detections(
            outputs,
            self.anchors,
            self.image_size,
            max_detections=self.max_detections,
            order=self.order,
            confidence_threshold=self.confidence_threshold,
            iou_threshold=self.iou_threshold,
            candidates_per_class=self.candidates_per_class,
            max_detections_per_class=self.max_detections_per_class,
        )

    def _run_through_graph(self, *args, **kwargs):
        """Attaches the settings to the output tensors.

        `keras.models.clone_model` creates the outputs of the clone with this method, and builds the clone from these
        outputs only. The constructor of the clone reads the settings from the outputs.
        """
        outputs = super()._run_through_graph(*args, **kwargs)
        if keras.utils.is_keras_tensor(outputs["class_logits"]):
            setattr(outputs["class_logits"], SETTINGS_ATTRIBUTE, {name: getattr(self, name) for name in SETTINGS})
        return outputs

    def predict_step(self, *args):
        outputs = super().predict_step(*args)
        if isinstance(outputs, tuple):  # JAX: outputs and state
            return self.decode_predictions(outputs[0]), *outputs[1:]
        return self.decode_predictions(outputs)

    def get_config(self):
        return {**super().get_config(), **{name: getattr(self, name) for name in SETTINGS}}


def check_labels(labels: np.ndarray, classes: int) -> None:
    """Raises `ValueError` unless all labels are classes or -1. Labels that start at 1 are a common mistake.

    Args:
        labels: NumPy array of labels; -1 is padding.
        classes: Integer, number of classes.
    """
    wrong = np.unique(labels[~((labels >= -1) & (labels < classes) & (labels == np.floor(labels)))])
    if wrong.size:
        raise ValueError(
            f"Labels must be integers from 0 to {classes - 1}, or -1 for padding. Received: labels "
            f"{wrong[:10].tolist()}{f' and {wrong.size - 10} more' if wrong.size > 10 else ''}"
        )


def check_boxes(boxes: np.ndarray, labels: np.ndarray, image_size: ImageSize) -> None:
    """Raises `ValueError` if no box is usable for training, and warns about boxes that are not usable.

    Args:
        boxes: NumPy array of shape `(batch, max_boxes, 4)`, `xyxy` in pixels.
        labels: NumPy array of shape `(batch, max_boxes)`; -1 is padding.
        image_size: Tuple `(height, width)` of the images.
    """
    images, boxes = np.nonzero(labels >= 0)[0], boxes[labels >= 0].astype("float64")
    if not len(boxes):
        if len(labels):
            warnings.warn(f"None of the {len(labels)} images has a box: the model cannot learn from them", stacklevel=4)
        return
    left, top, right, bottom = boxes.T
    height, width = image_size
    with np.errstate(invalid="ignore"):
        problems = {
            "with a coordinate that is not finite": ~np.isfinite(boxes).all(axis=1),
            "with right <= left or bottom <= top (are the boxes xywh?)": (right <= left) | (bottom <= top),
            f"outside the image of {height}x{width} pixels": (right <= 0)
            | (bottom <= 0)
            | (left >= width)
            | (top >= height),
        }
    unusable: np.ndarray = np.zeros(len(boxes), bool)
    found = []
    for problem, has_problem in problems.items():
        has_problem &= ~unusable  # counts each box once
        unusable |= has_problem
        if has_problem.any():
            found.append(f"{has_problem.sum()} {problem}, first in image {images[has_problem][0]}")
    if unusable.all():
        raise ValueError(
            "Boxes must be (left, top, right, bottom) in pixels of the images that the model receives. Received: "
            f"{len(boxes)} boxes, all unusable: {'; '.join(found)}"
        )
    if boxes[~unusable].max() <= 1:
        raise ValueError(
            "Boxes must be in pixels of the images that the model receives. Received: boxes up to "
            f"{boxes[~unusable].max():.3g}, which look like fractions of the width and height of the images"
        )
    if found:
        warnings.warn(f"{unusable.sum()} of {len(boxes)} boxes are ignored: {'; '.join(found)}", stacklevel=4)


def _check_target_shapes(y):
    shapes = {name: tuple(y[name].shape) for name in ("boxes", "labels") if name in y} if isinstance(y, dict) else {}
    boxes, labels = shapes.get("boxes", ()), shapes.get("labels", ())
    if len(boxes) != 3 or boxes[-1] != 4 or len(labels) != 2 or boxes[:2] != labels:
        raise ValueError(
            "The targets must be a dict of 'boxes' of shape (batch, max_boxes, 4) and 'labels' of shape "
            f"(batch, max_boxes). Received: {f'shapes {shapes}' if shapes else type(y).__name__}"
        )
