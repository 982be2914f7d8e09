"""Writes the model card of an exported model: Markdown for people, JSON for programs."""

import importlib.metadata
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.backbones.variants import VARIANTS
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import transform
from keras_mobilevitv3.exporting.deployment import CLASSIFIER, DETECTOR, NETWORK, SEGMENTER, task_of
from keras_mobilevitv3.exporting.export_report import ExportReport
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.preprocessing.pixel_range import scales_pixels
from keras_mobilevitv3.version import __version__
from keras_mobilevitv3.weights.hub.catalogue import LICENSES, PRETRAINED

OUTPUT_MEANINGS = {
    "scores": "probabilities of the classes",
    "logits": "logits of the classes",
    "features": "features",
    "classes": "class of each pixel",
    "boxes": "xyxy in pixels of the input, not clipped to the image; padded with -1",
    "labels": "class of each box, from 0; padded with -1",
    "confidence": "probability of each box; padded with -1",
    "num_detections": "number of boxes",
    "class_logits": "logits of each anchor, the background first",
    "box_regressions": "center offsets and log sizes of each anchor, see `decoding`",
}
BOX_DECODING = (
    "anchors are (center x, center y, width, height) in units of the image. Box center = anchor center + regression * "
    "0.1 * anchor size; box size = anchor size * exp(regression * 0.2). Probabilities are the softmax of the logits."
)


# Meaning of a classifier's output, by the activation that turns it into probabilities and whether there are several
# labels per image.
CLASSIFIER_OUTPUT_MEANINGS = {
    ("none", False): "probabilities of the classes",
    ("none", True): "independent probability of each label; an image may have several labels",
    ("softmax", False): "logits of the classes; a softmax turns them into probabilities",
    ("sigmoid", True): "independent logit of each label; a sigmoid turns it into a probability",
    ("sigmoid", False): "logit of the second of two classes; a sigmoid turns it into a probability",
}
UNKNOWN_OUTPUT_MEANING = "an output of the model, not described here"
BINARY_SCORE_MEANING = "probability of the second of two classes"


def describe_model(
    model: Model,
    deployed: Model,
    weights: str | None,
    class_names: Sequence[str] | None,
    activation: str | None = None,
) -> dict[str, Any]:
    """Returns the entries of the model card that describe the model itself.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        deployed: The `deployed_model` of `model`.
        weights: String, origin of the weights: the name of a published data set, or a path. Or `None`.
        class_names: Sequence of strings, or `None`.
        activation: String or `None`, the kind of the outputs of a classifier; see `class_scores`. Defaults to `None`.

    Returns:
        Dict of JSON values.
    """
    variant = variant_of(model)
    meanings = {} if task_of(model) == NETWORK else {**OUTPUT_MEANINGS, **_describe_scores(model, activation)}
    card = {
        "name": model.name,
        "variant": variant,
        "task": task_of(model),
        "parameters": model.count_params(),
        "weights": _describe_weights(variant, weights),
        "input": {
            "shape": [None, *model.inputs[0].shape[1:]],
            "dtype": "float32",
            "layout": "NHWC, RGB",
            "pixel_values": "0-255" if scales_pixels(model) else "0-1",
        },
        "outputs": {
            name: {
                "shape": list(tensor.shape),
                "dtype": tensor.dtype,
                "meaning": meanings.get(name, UNKNOWN_OUTPUT_MEANING),
            }
            for name, tensor in deployed.output.items()
        },
        "preprocessing": _describe_preprocessing(model),
        "class_names": None if class_names is None else list(class_names),
    }
    if task_of(model) == DETECTOR and "box_regressions" in deployed.output:
        card["decoding"] = BOX_DECODING
    return card


def _describe_scores(model, activation):
    """Returns a dict from the name of a classifier's output to its meaning, empty for features and other tasks."""
    if task_of(model) != CLASSIFIER:
        return {}
    kind = class_scores(model, activation)
    if kind.name == FEATURES:
        return {}
    if kind.activation == "none" and model.outputs[0].shape[-1] == 1:
        return {kind.name: BINARY_SCORE_MEANING}
    return {kind.name: CLASSIFIER_OUTPUT_MEANINGS[kind.activation, kind.several]}


def variant_of(model: Model) -> str | None:
    """Returns the longest id of `VARIANTS` in the name of a model, or `None`."""
    return max((variant for variant in VARIANTS if variant in model.name), key=len, default=None)


def _describe_weights(variant, weights):
    """Returns the origin of the weights, and the license if the weights are published."""
    rows = [row for row in PRETRAINED if (row.variant, row.dataset) == (variant, weights)]
    if not rows:
        source = "not stated" if weights is None else str(weights)
        return {"source": source, "license": "not stated: ask whoever trained the weights", "url": None}
    license = LICENSES[rows[0].license]
    return {"source": weights, "license": license.name, "url": license.url}


def _describe_preprocessing(model):
    """Returns one sentence that tells how to turn a picture into the input of the model."""
    family, task = family_of(model), task_of(model)
    scale = "" if scales_pixels(model) else ", then divide pixel values by 255"
    if task == NETWORK:
        return f"not stated{scale}"
    if family is None or model.inputs[0].shape[-1] != 3:
        return f"not stated: not a network of this package{scale}"
    if task in (SEGMENTER, DETECTOR):
        return f"resize to the input size ({_resize_words(**family.resize)}) without keeping the aspect ratio{scale}"
    settings = transform(model, family)
    height, width = settings.crop_size
    words = _resize_words(settings.interpolation, settings.antialias)
    return f"resize the shorter side to {settings.resize_size} ({words}), crop the central {height}x{width}{scale}"


def _resize_words(interpolation, antialias):
    return f"{interpolation}, {'with' if antialias else 'without'} antialiasing"


def describe_versions(format: str) -> dict[str, str]:
    """Returns the versions of this package, Keras, Python and the installed packages of a format."""
    versions = {"keras-mobilevitv3": __version__, "keras": keras.__version__, "python": platform.python_version()}
    for name in FORMATS[format].distributions:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def write_beside(written: Path, model: Model, report: ExportReport, card: dict[str, Any]) -> None:
    """Writes the model card, and the anchors of a detector without postprocessing, next to the exported model.

    For a SavedModel, both are written inside the folder.

    Args:
        written: `pathlib.Path` of the exported file, or of the folder of a SavedModel.
        model: Keras model.
        report: `ExportReport`.
        card: Dict that `describe_model` returned. The function adds the remaining entries.
    """
    inside = FORMATS[report.format].is_folder
    folder, stem = (written, "") if inside else (written.parent, f"{written.name}.")
    if "decoding" in card:
        card["anchors"] = f"{stem}anchors.npy"
        np.save(folder / card["anchors"], model.anchors)
    card |= {
        "format": report.format,
        "precision": report.precision,
        "bytes": report.size,
        "difference": {
            "of_the_largest_output": report.difference,
            "absolute": report.absolute_difference,
            "tolerance": report.tolerance,
            "on": report.samples,
        },
        "versions": describe_versions(report.format),
    }
    write_model_card(folder / f"{stem}card.json", card)


def write_model_card(path: Path, card: Mapping[str, Any]) -> tuple[Path, Path]:
    """Writes a model card as a JSON file and as a Markdown file next to it.

    Args:
        path: `pathlib.Path` of the JSON file.
        card: Dict of JSON values.

    Returns:
        Tuple of the `pathlib.Path` of the Markdown file and of the JSON file.
    """
    markdown = path.with_suffix(".md")
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    markdown.write_text(_as_markdown(card), encoding="utf-8")
    return markdown, path


def _as_markdown(card):
    """Returns a model card as Markdown: a list of the single values, and a section for each dict or list."""
    lines = [f"# {card['name']}", ""]
    lines += [f"- **{_title(key)}**: {value}" for key, value in card.items() if not isinstance(value, dict | list)]
    for key, value in card.items():
        if isinstance(value, dict):
            lines += ["", f"## {_title(key)}", "", *(f"- **{name}**: {_in_line(item)}" for name, item in value.items())]
        elif isinstance(value, list):
            lines += ["", f"## {_title(key)}", "", ", ".join(map(str, value))]
    return "\n".join(lines) + "\n"


def _title(key):
    return key.replace("_", " ").capitalize()


def _in_line(item):
    if not isinstance(item, dict):
        return item
    return "; ".join(f"{name} {value}" for name, value in item.items())
