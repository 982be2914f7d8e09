"""Builds the exported part of a model, with a name for each output."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model, Tensor
from keras_mobilevitv3.classification.class_scores import class_scores
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.exporting.graph.detection_decoding import DetectionDecoding
from keras_mobilevitv3.segmentation.segmenter import Segmenter

CLASSIFIER, SEGMENTER, DETECTOR = "classifier", "segmenter", "detector"
NETWORK = "network"  # any other model with several outputs, such as a detector of another library


def task_of(model: Model) -> str:
    """Returns the task of a model.

    Returns:
        `"classifier"` (feature extractors too), `"segmenter"`, `"detector"`, or `"network"` for any other model with
        several outputs.

    Raises:
        ValueError: If the model is not built, or has more than one input.
    """
    if isinstance(model, SSDDetector):
        return DETECTOR
    if isinstance(model, Segmenter):
        return SEGMENTER
    if not isinstance(model, keras.Model) or len(getattr(model, "inputs", None) or ()) != 1:
        raise ValueError(
            f"`model` must be a built functional or `Sequential` model with one input. Received: model={model!r}"
        )
    return CLASSIFIER if len(model.outputs) == 1 else NETWORK


def _named_outputs(model):
    """Returns a dict of the outputs of a model. The keys are those of its dict, or the names of its output layers.

    Repeated names get a number.

    Raises:
        ValueError: If the outputs are nested.
    """
    outputs = model.output
    if isinstance(outputs, dict) and all(map(keras.utils.is_keras_tensor, outputs.values())):
        return dict(outputs)
    if not isinstance(outputs, list | tuple) or not all(map(keras.utils.is_keras_tensor, outputs)):
        raise ValueError(
            "`model` must return a tensor, or a list or dict of tensors. Received: outputs with the structure "
            f"{keras.tree.map_structure(lambda tensor: tensor.name, outputs)}"
        )
    names: list[str] = []
    for name in model.output_names:
        names.append(name if name not in names else f"{name}_{sum(other.startswith(name) for other in names)}")
    return dict(zip(names, outputs, strict=True))


def best_class(logits: Tensor) -> Tensor:
    """Returns the int32 class of each pixel of `(..., classes)` logits. One class: 1 where the logit is positive."""
    if logits.shape[-1] == 1:
        return keras.ops.cast(keras.ops.greater(keras.ops.squeeze(logits, -1), 0.0), "int32")
    return keras.ops.argmax(logits, axis=-1)


def deployed_model(
    model: Model,
    postprocessing: bool = True,
    class_map: bool = False,
    decoding: type[DetectionDecoding] = DetectionDecoding,
    activation: str | None = None,
) -> Model:
    """Builds the part of a model that is exported, with a name for each output.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        postprocessing: Boolean, whether a detector returns detections instead of the outputs of its head. Defaults to
            `True`.
        class_map: Boolean, whether a segmenter returns the class of each pixel instead of logits. For one class, a
            pixel is 1 where the logit is positive, otherwise 0. Defaults to `False`.
        decoding: Class of the layer that decodes detections. Defaults to `DetectionDecoding`, which works on all
            backends.
        activation: String or `None`, the kind of the outputs of a classifier; see `class_scores`. Defaults to `None`.

    Returns:
        A functional `keras.Model` that shares the layers of `model`, without an auxiliary head. It maps images to a
        dict:

        - classifiers: `"scores"`, `"logits"` or `"features"`;
        - segmenters: `"logits"`, or int32 `"classes"`;
        - detectors: `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"` as in `SSDDetector.predict`, or
          `"class_logits"` and `"box_regressions"`;
        - other networks: all outputs, with the keys of their dict or the names of the output layers.
    """
    task = task_of(model)
    if task == DETECTOR:
        outputs = decoding.of(model)(model.output) if postprocessing else dict(model.output)
    elif task == SEGMENTER:
        logits = model.output["logits"] if isinstance(model.output, dict) else model.output
        outputs = {"classes": best_class(logits)} if class_map else {"logits": logits}
    elif task == NETWORK:
        outputs = _named_outputs(model)
    else:
        # A `Sequential` has no `output` before the first call.
        outputs = {class_scores(model, activation).name: model.outputs[0]}
    return keras.Model(model.inputs[0], outputs, name=model.name)


@dataclass(frozen=True)
class Deployment:
    """A model and the options of its export.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        postprocessing, class_map, activation: See `deployed_model`.
        batch_size: Integer, number of images per call, or `None` for any number. Defaults to `None`.
        class_names: Sequence of strings, one per class, or `None`. Defaults to `None`.
        sample: Uint8 array of shape `(height, width, channels)`, an image for warm-up requests, or `None`. Defaults to
            `None`.
        calibration: Float32 array of images in the model's input range, for `"int8"`, or `None`. Defaults to `None`.
    """

    model: Model
    postprocessing: bool = True
    class_map: bool = False
    activation: str | None = None
    batch_size: int | None = None
    class_names: Sequence[str] | None = None
    sample: np.ndarray | None = None
    calibration: np.ndarray | None = None

    def graph(self, decoding: type[DetectionDecoding] = DetectionDecoding) -> Model:
        """Returns the `deployed_model`.

        Args:
            decoding: Class of the layer that decodes detections. Defaults to `DetectionDecoding`.
        """
        return deployed_model(self.model, self.postprocessing, self.class_map, decoding, self.activation)
