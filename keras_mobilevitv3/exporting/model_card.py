"""The model card beside an exported model: Markdown for people, JSON for programs."""

import importlib.metadata
import json
import platform

import keras
import numpy as np

from keras_mobilevitv3.backbones import VARIANTS
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import transform
from keras_mobilevitv3.exporting.deployment import CLASSIFIER, DETECTOR, NETWORK, SEGMENTER, task_of
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.preprocessing.pixel_range import scales_pixels
from keras_mobilevitv3.version import __version__
from keras_mobilevitv3.weights.hub.catalogue import LICENSES, PRETRAINED

OUTPUTS = {
    "scores": "probabilities of the classes",
    "logits": "logits of the classes",
    "features": "features",
    "classes": "the class of each pixel",
    "boxes": "xyxy in pixels of the input, not clipped to it; the rest is -1",
    "labels": "class of each box, from 0; the rest is -1",
    "confidence": "probability of each box; the rest is -1",
    "num_detections": "how many boxes there are",
    "class_logits": "logits of each anchor, the background first",
    "box_regressions": "centre offsets and log sizes of each anchor, see `decoding`",
}
DECODING = (
    "anchors are (centre x, centre y, width, height) in units of the image. Box centre = anchor centre + regression * "
    "0.1 * anchor size; box size = anchor size * exp(regression * 0.2). Probabilities are the softmax of the logits."
)


# What the outputs of a classifier are, by what makes probabilities of them and whether there are several labels.
MEANINGS_OF_SCORES = {
    ("none", False): "probabilities of the classes",
    ("none", True): "probability of each label on its own; an image may have several labels",
    ("softmax", False): "logits of the classes; a softmax makes probabilities of them",
    ("sigmoid", True): "logit of each label on its own, of which a sigmoid makes its probability",
    ("sigmoid", False): "logit of the second of two classes, of which a sigmoid makes its probability",
}
OTHER_OUTPUT = "an output of the model, not described here"
ONE_SCORE = "probability of the second of two classes"


def describe_model(model, deployed, weights, class_names, activation=None):
    """What the card says of the model itself.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        deployed: Its `deployed_model`.
        weights: String, where its weights come from: the name of a published data set, or a path; or `None`.
        class_names: Sequence of strings, or `None`.
        activation: What the outputs of a classifier are, see `class_scores`. Defaults to `None`.

    Returns:
        Dict of what JSON holds.
    """
    variant = variant_of(model)
    meanings = {} if task_of(model) == NETWORK else {**OUTPUTS, **describe_classes(model, activation)}
    card = {
        "name": model.name,
        "variant": variant,
        "task": task_of(model),
        "parameters": model.count_params(),
        "weights": describe_weights(variant, weights),
        "input": {
            "shape": [None, *model.inputs[0].shape[1:]],
            "dtype": "float32",
            "layout": "NHWC, RGB",
            "pixel_values": "0-255" if scales_pixels(model) else "0-1",
        },
        "outputs": {
            name: {"shape": list(tensor.shape), "dtype": tensor.dtype, "meaning": meanings.get(name, OTHER_OUTPUT)}
            for name, tensor in deployed.output.items()
        },
        "preprocessing": describe_preprocessing(model),
        "class_names": None if class_names is None else list(class_names),
    }
    if task_of(model) == DETECTOR and "box_regressions" in deployed.output:
        card["decoding"] = DECODING
    return card


def describe_classes(model, activation):
    """Dict from the name of a classifier's output to what it is; empty for other tasks."""
    if task_of(model) != CLASSIFIER:
        return {}
    kind = class_scores(model, activation)
    if kind.name == FEATURES:
        return {}
    if kind.activation == "none" and model.outputs[0].shape[-1] == 1:
        return {kind.name: ONE_SCORE}
    return {kind.name: MEANINGS_OF_SCORES[kind.activation, kind.several]}


def variant_of(model):
    """Id of the table in the name of a model, or `None`."""
    return max((variant for variant in VARIANTS if variant in model.name), key=len, default=None)


def describe_weights(variant, weights):
    """Where weights come from, and the terms of those that are published."""
    rows = [row for row in PRETRAINED if (row.variant, row.dataset) == (variant, weights)]
    if not rows:
        source = "not stated" if weights is None else str(weights)
        return {"source": source, "license": "not stated: that of whoever trained the weights", "url": None}
    license = LICENSES[rows[0].license]
    return {"source": weights, "license": license.name, "url": license.url}


def describe_preprocessing(model):
    """One sentence on how pictures become the input."""
    family, task = family_of(model), task_of(model)
    scale = "" if scales_pixels(model) else ", then divide pixel values by 255"
    if task == NETWORK:
        return f"not stated{scale}"
    if family is None or model.inputs[0].shape[-1] != 3:
        return f"not of a network of this package{scale}"
    if task in (SEGMENTER, DETECTOR):
        return f"resize to the input size ({resize_words(**family.resize)}), whatever the aspect ratio{scale}"
    settings = transform(model, family)
    height, width = settings.crop_size
    words = resize_words(settings.interpolation, settings.antialias)
    return f"resize the shorter side to {settings.resize_size} ({words}), crop the central {height}x{width}{scale}"


def resize_words(interpolation, antialias):
    return f"{interpolation}, {'with' if antialias else 'without'} antialiasing"


def describe_versions(format):
    """Versions of this package, Keras, and what the format needs of what is installed."""
    versions = {"keras-mobilevitv3": __version__, "keras": keras.__version__, "python": platform.python_version()}
    for name in FORMATS[format].distributions:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def write_beside(written, model, report, card):
    """Writes the model card, and the anchors of a detector without postprocessing, beside or inside what was written.

    Args:
        written: `pathlib.Path` of the file, or of the folder of a SavedModel, which is theirs too.
        model: The model.
        report: `ExportReport`.
        card: Dict of `describe_model`.
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


def write_model_card(path, card):
    """Writes a card as JSON, and as Markdown beside it.

    Args:
        path: `pathlib.Path` of the JSON file.
        card: Dict of what JSON holds.

    Returns:
        Tuple of the `pathlib.Path` of the Markdown and of the JSON file.
    """
    markdown = path.with_suffix(".md")
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    markdown.write_text(as_markdown(card), encoding="utf-8")
    return markdown, path


def as_markdown(card):
    """A card as Markdown: a section for each entry that holds more, a list for the others."""
    lines = [f"# {card['name']}", ""]
    lines += [f"- **{title(key)}**: {value}" for key, value in card.items() if not isinstance(value, dict | list)]
    for key, value in card.items():
        if isinstance(value, dict):
            lines += ["", f"## {title(key)}", "", *(f"- **{name}**: {in_line(item)}" for name, item in value.items())]
        elif isinstance(value, list):
            lines += ["", f"## {title(key)}", "", ", ".join(map(str, value))]
    return "\n".join(lines) + "\n"


def title(key):
    return key.replace("_", " ").capitalize()


def in_line(item):
    if not isinstance(item, dict):
        return item
    return "; ".join(f"{name} {value}" for name, value in item.items())
