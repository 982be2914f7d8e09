import warnings

import keras
import numpy as np
from keras import ops

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


# Attributes that can be changed at any time: what is allowed, in words and as a function.
SETTINGS = {
    "confidence_threshold": ("a number in [0, 1]", _is_fraction),
    "iou_threshold": ("a number in [0, 1]", _is_fraction),
    "candidates_per_class": ("a positive integer or None", lambda value: value is None or _is_limit(value)),
    "max_detections_per_class": ("a positive integer", _is_limit),
    "max_detections": ("a positive integer", _is_limit),
    "order": (f"one of {list(ORDERS)}", lambda value: value in ORDERS),
    "clip_boxes": ("True or False", lambda value: isinstance(value, bool)),
}


def check_setting(name, value):
    """Raises `ValueError` unless a value is allowed for one of `SETTINGS`."""
    allowed, is_allowed = SETTINGS[name]
    if not is_allowed(value):
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value!r}")


CLONED_SETTINGS = "_ssd_detector_settings"


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SSDDetector(TrainedOnTargets, keras.Model):
    """Functional model with the outputs of an SSD head, which learns from boxes and predicts boxes.

    - `call` gives the raw outputs: `"class_logits"` of shape `(batch, anchors, classes + 1)`, background first, and
      `"box_regressions"` of shape `(batch, anchors, 4)`, relative to `anchors`.
    - `fit` and `evaluate` take images and `{"boxes": (batch, max_boxes, 4), "labels": (batch, max_boxes)}`: `xyxy` in
      pixels of the images, and integers in [0, classes), -1 where there is no box. `compile` needs an optimizer only.
      Boxes with another label, a coordinate that is not finite, no width or height, or outside the image are left out;
      images and batches without any box are fine. Of arrays these are counted in a warning, and labels that no class
      has, boxes of which none can be learned from, and boxes in parts of the image instead of pixels are errors.
    - `predict` gives `"boxes"` of shape `(batch, max_detections, 4)`, `xyxy` in pixels of the images and not clipped to
      them, `"labels"` and `"confidence"` of shape `(batch, max_detections)`, and `"num_detections"` of shape
      `(batch,)`. The rest of the first three is -1, as in `keras_hub.models.RetinaNetObjectDetector`.

    The thresholds and limits are attributes that can be changed at any time. They are saved with the model, and clones
    have them.

    Args:
        inputs: Keras input of images of a known size.
        outputs: Dict of the raw outputs, of `ssdlite_head`.
        confidence_threshold: Float in [0, 1); detections are more probable. Defaults to `0.01`.
        iou_threshold: Float in [0, 1]; a detection is dropped that overlaps a better one of its class by more. Defaults
            to `0.5`.
        candidates_per_class: Integer, how many boxes of a class enter that suppression, or `None` for all. Defaults to
            `400`.
        max_detections_per_class: Integer, how many detections of a class remain. Defaults to `200`.
        max_detections: Integer, how many detections of an image remain, those with the highest scores. Defaults to
            `200`.
        order: `"score"` or `"class"`, see `decode_detections`. Defaults to `"score"`.
        clip_boxes: Boolean, whether boxes to learn from are cut off at the border of the image. Defaults to `True`.
        **kwargs: Other arguments of `keras.Model`, such as `name`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325)
    """

    # `*args` lets Keras restore the graph from the config.
    def __init__(
        self,
        *args,
        confidence_threshold=0.01,
        iou_threshold=0.5,
        candidates_per_class=400,
        max_detections_per_class=200,
        max_detections=200,
        order="score",
        clip_boxes=True,
        **kwargs,
    ):
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
        for name, value in getattr(self.output["class_logits"], CLONED_SETTINGS, {}).items():
            setattr(self, name, value)
        self.multibox_loss = MultiBoxLoss()

    def __setattr__(self, name, value):
        if name in SETTINGS:
            check_setting(name, value)
            self.reset_compiled_functions()
        super().__setattr__(name, value)

    def save(self, filepath, *args, **kwargs):
        if str(filepath).endswith((".h5", ".hdf5")):  # which has no place for operations such as slices
            raise ValueError(
                "`filepath` must end in '.keras': the older '.h5' format cannot hold a detector; `save_weights` writes "
                f"'.weights.h5'. Received: filepath={str(filepath)!r}"
            )
        super().save(filepath, *args, **kwargs)

    @property
    def image_size(self):
        """Tuple `(height, width)` of the images."""
        return tuple(self.input.shape[1:3])

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **kwargs):
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics}
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"`{name}` must be None: the model brings its own loss, and boxes are measured by "
                    f"`training.metrics` or another evaluation of COCO's. Received: {name}={value!r}"
                )
        super().compile(optimizer, **kwargs)

    def check_targets(self, y, of_batch=False):
        if isinstance(y, dict) and all(isinstance(y.get(name), np.ndarray) for name in ("boxes", "labels")):
            _check_target_shapes(y)
            check_labels(y["labels"], self.classes)
            if not of_batch:
                check_boxes(y["boxes"], y["labels"], self.image_size)

    def compute_targets(self, y):
        """Class and regression targets of the anchors, see `match_anchors`.

        Args:
            y: Dict of `"boxes"` and `"labels"`, as `fit` takes them.

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
                "`sample_weight` must be None: the model brings its own loss. "
                f"Received: sample_weight={sample_weight!r}"
            )
        loss = self.multibox_loss(self.compute_targets(y), y_pred)
        for regularization in self.losses:
            loss = loss + ops.sum(regularization)
        return loss

    def decode_predictions(self, outputs):
        """Detections from the raw outputs, as `predict` gives them.

        Args:
            outputs: Dict of `"class_logits"` and `"box_regressions"`, as the model returns them when called.

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
        """Keras makes the outputs of a clone so, from which alone it then makes the clone: they carry the settings."""
        outputs = super()._run_through_graph(*args, **kwargs)
        if keras.utils.is_keras_tensor(outputs["class_logits"]):
            setattr(outputs["class_logits"], CLONED_SETTINGS, {name: getattr(self, name) for name in SETTINGS})
        return outputs

    def predict_step(self, *args):
        outputs = super().predict_step(*args)
        if isinstance(outputs, tuple):  # on JAX, with the state behind it
            return self.decode_predictions(outputs[0]), *outputs[1:]
        return self.decode_predictions(outputs)

    def get_config(self):
        return {**super().get_config(), **{name: getattr(self, name) for name in SETTINGS}}


def check_labels(labels, classes):
    """Raises `ValueError` for labels that no class has, as those that count from 1.

    Args:
        labels: NumPy array; -1 where there is no box.
        classes: Integer, number of classes.
    """
    wrong = np.unique(labels[~((labels >= -1) & (labels < classes) & (labels == np.floor(labels)))])
    if wrong.size:
        raise ValueError(
            f"Labels must be below the number of classes, {classes}, and -1 for padding. Received: labels "
            f"{wrong[:10].tolist()}{f' and {wrong.size - 10} more' if wrong.size > 10 else ''}"
        )


def check_boxes(boxes, labels, image_size):
    """Raises `ValueError` where no box can be learned from, and warns of those that are left out.

    Args:
        boxes: NumPy array of shape `(batch, max_boxes, 4)`, `xyxy` in pixels.
        labels: NumPy array of shape `(batch, max_boxes)`, -1 where there is no box.
        image_size: Tuple `(height, width)` of the images.
    """
    images, boxes = np.nonzero(labels >= 0)[0], boxes[labels >= 0].astype("float64")
    if not len(boxes):
        if len(labels):
            warnings.warn(f"None of the {len(labels)} images has a box: there is nothing to learn", stacklevel=4)
        return
    left, top, right, bottom = boxes.T
    height, width = image_size
    with np.errstate(invalid="ignore"):
        kinds = {
            "with a coordinate that is not finite": ~np.isfinite(boxes).all(axis=1),
            "whose right is not beyond their left or bottom not beyond their top (is it xywh?)": (right <= left)
            | (bottom <= top),
            f"outside of the image of {height}x{width} pixels": (right <= 0)
            | (bottom <= 0)
            | (left >= width)
            | (top >= height),
        }
    unusable, found = np.zeros(len(boxes), bool), []
    for kind, wrong in kinds.items():
        wrong &= ~unusable
        unusable |= wrong
        if wrong.any():
            found.append(f"{wrong.sum()} {kind}, first in image {images[wrong][0]}")
    if unusable.all():
        raise ValueError(
            "Boxes must be (left, top, right, bottom) in pixels of the images the model sees. Received: "
            f"{len(boxes)} boxes, none of which can be learned from: {'; '.join(found)}"
        )
    if boxes[~unusable].max() <= 1:
        raise ValueError(
            "Boxes must be in pixels of the images the model sees. Received: boxes up to "
            f"{boxes[~unusable].max():.3g}, which look like parts of the width and height: multiply by these"
        )
    if found:
        warnings.warn(f"{unusable.sum()} of {len(boxes)} boxes are left out: {'; '.join(found)}", stacklevel=4)


def _check_target_shapes(y):
    shapes = {name: tuple(y[name].shape) for name in ("boxes", "labels") if name in y} if isinstance(y, dict) else {}
    boxes, labels = shapes.get("boxes", ()), shapes.get("labels", ())
    if len(boxes) != 3 or boxes[-1] != 4 or len(labels) != 2 or boxes[:2] != labels:
        raise ValueError(
            "The targets must be a dict of 'boxes' of shape (batch, max_boxes, 4) and 'labels' of shape "
            f"(batch, max_boxes). Received: {f'shapes {shapes}' if shapes else type(y).__name__}"
        )
