"""What is exported of a model: its task, and the graph with a name for each output."""

from dataclasses import dataclass

import keras
import numpy as np

from keras_mobilevitv3.classification.class_scores import class_scores
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.exporting.graph.detection_decoding import DetectionDecoding
from keras_mobilevitv3.segmentation.class_map import best_class
from keras_mobilevitv3.segmentation.segmenter import Segmenter

CLASSIFIER, SEGMENTER, DETECTOR = "classifier", "segmenter", "detector"
NETWORK = "network"  # of several outputs whose meaning is not known, such as a detector of another library


def task_of(model):
    """`"classifier"` (feature extractors too), `"segmenter"`, `"detector"`, or `"network"` of any other outputs.

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


def named_outputs(model):
    """Dict of the outputs of a model by the keys of its dict, or the names of its output layers, numbered if repeated.

    Raises:
        ValueError: If the outputs are nested.
    """
    outputs = model.output
    if isinstance(outputs, dict) and all(map(keras.utils.is_keras_tensor, outputs.values())):
        return dict(outputs)
    if not isinstance(outputs, list | tuple) or not all(map(keras.utils.is_keras_tensor, outputs)):
        raise ValueError(
            "`model` must give a tensor, or a list or dict of tensors. Received: outputs of the structure "
            f"{keras.tree.map_structure(lambda tensor: tensor.name, outputs)}"
        )
    names = []
    for name in model.output_names:
        names.append(name if name not in names else f"{name}_{sum(other.startswith(name) for other in names)}")
    return dict(zip(names, outputs, strict=True))


def deployed_model(model, postprocessing=True, class_map=False, decoding=DetectionDecoding, activation=None):
    """The part of a model that is exported, with a name for each output.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        postprocessing: Boolean, whether a detector ends in its detections, instead of the outputs of its head. Defaults
            to `True`.
        class_map: Boolean, whether a segmenter ends in the class of each pixel, instead of the logits: of one class, in
            1 where its logit is positive, and else 0. Defaults to `False`.
        decoding: Class of the layer that makes detections. Defaults to `DetectionDecoding`, which is for all backends.
        activation: What the outputs of a classifier are, see `class_scores`. Defaults to `None`.

    Returns:
        A functional `keras.Model` on the layers of `model`, without an auxiliary head, from images to a dict:
        classifiers `"scores"`, `"logits"` or `"features"`; segmenters `"logits"`, or int32 `"classes"`; other networks
        what they give, by the keys of the dict or the names of the output layers; detectors
        `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"` as `SSDDetector.predict` gives them, or
        `"class_logits"` and `"box_regressions"`.
    """
    task = task_of(model)
    if task == DETECTOR:
        outputs = decoding.of(model)(model.output) if postprocessing else dict(model.output)
    elif task == SEGMENTER:
        logits = model.output["logits"] if isinstance(model.output, dict) else model.output
        outputs = {"classes": best_class(logits, keras.ops)} if class_map else {"logits": logits}
    elif task == NETWORK:
        outputs = named_outputs(model)
    else:
        # A `Sequential` has no `output` until it is called.
        outputs = {class_scores(model, activation).name: model.outputs[0]}
    return keras.Model(model.inputs[0], outputs, name=model.name)


@dataclass(frozen=True)
class Deployment:
    """A model with the choices of an export that decide what is written.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        postprocessing, class_map, activation: See `deployed_model`.
        batch_size: Integer, images per call, or `None` for any number. Defaults to `None`.
        class_names: Sequence of strings, one for each class, or `None`. Defaults to `None`.
        sample: Uint8 array of shape `(height, width, channels)`, an image for warm-up requests, or `None`. Defaults to
            `None`.
        calibration: Float32 array of images as the model takes them, for `"int8"`, or `None`. Defaults to `None`.
    """

    model: keras.Model
    postprocessing: bool = True
    class_map: bool = False
    activation: str | None = None
    batch_size: int | None = None
    class_names: list[str] | None = None
    sample: np.ndarray | None = None
    calibration: np.ndarray | None = None

    def graph(self, decoding=DetectionDecoding):
        """The `deployed_model`.

        Args:
            decoding: Class of the layer that decodes detections. Defaults to `DetectionDecoding`.
        """
        return deployed_model(self.model, self.postprocessing, self.class_map, decoding, self.activation)
