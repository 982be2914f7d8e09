"""The command `keras-mobilevitv3 predict`."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.commands import model_files, options, picture_files
from keras_mobilevitv3.commands.class_names import find_class_names
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD
from keras_mobilevitv3.datasets import dataset_of, numbered_classes

NAME = "predict"
SUMMARY = "name what is on pictures"
DESCRIPTION = (
    "Classifies pictures. The pictures are resized and cropped as in the published evaluation, or to the fixed size of "
    "a model. For a model of several labels, the labels above a threshold are printed."
)
BATCH_SIZE = 16
ACTIVATIONS = ("softmax", "sigmoid", "none")
THRESHOLD = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_images(parser)
    options.add_variant(parser)
    options.add_weights(parser, [DEFAULT_HEAD])
    parser.add_argument("--top", type=int, default=5, metavar="N", help="classes to print (default: %(default)s)")
    parser.add_argument(
        "--classes", metavar="FILE", help="text file of class names, one per line (default: those of ImageNet)"
    )
    parser.add_argument(
        "--activation",
        choices=ACTIVATIONS,
        help="function that turns the outputs of a .keras file into probabilities: softmax (one class per picture) or "
        "sigmoid (several labels), or none if the outputs are probabilities; needed if the last layer does not tell",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help=f"probability above which a label is printed, for models of several labels (default: {THRESHOLD})",
    )
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int | None:
    if arguments.top < 1:
        raise ValueError(f"--top must be at least 1. Received: {arguments.top}")
    if arguments.threshold is not None and not 0 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be in [0, 1]. Received: {arguments.threshold}")
    picture_files.check_files(arguments.classes)
    model_files.check_weights(arguments.weights, DEFAULT_HEAD, arguments.variant)
    paths, reader = picture_files.picture_paths(arguments.images), picture_files.PictureReader()

    import keras
    import numpy as np

    from keras_mobilevitv3.classification.model_input import prepare_images
    from keras_mobilevitv3.probabilities import as_probabilities

    model = load_model(arguments.variant, arguments.weights)
    activation, several = read_scores(model, arguments)
    # TensorFlow traces a function more slowly than it runs the model once eagerly. JAX is slow in eager mode.
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    read, inputs = [], []
    for path in paths:
        image = reader.read(path)
        if image is not None:
            read.append(path)
            inputs.append(keras.ops.convert_to_numpy(prepare_images(model, [image])[0]))
    if not read:
        return reader.exit_code
    scores = as_probabilities(model.predict(np.stack(inputs), batch_size=BATCH_SIZE, verbose=0), activation)
    decoded = decode(scores, scores.shape[1] if several else arguments.top, arguments.classes)
    if several:
        decoded = [labels_above(labels, arguments) for labels in decoded]
    if arguments.json:
        print(json.dumps(as_json(read, decoded), indent=2))
        return reader.exit_code
    for path, best in zip(read, decoded):
        print(path)
        for _, name, score in best:
            print(f"  {score:7.2%}  {name}")
        if not best:
            print("  nothing above the threshold")
    return reader.exit_code


def load_model(variant: str | None, weights: str) -> Model:
    """Loads or builds the classifier for `--variant` and `--weights`."""
    if model_files.is_keras_file(weights):
        model = load_keras_classifier(weights)
        model_files.check_own_settings(model, weights, variant=variant)
        return model
    return model_files.build_with_weights(DEFAULT_HEAD, variant, weights)


def load_keras_classifier(path: FilePath) -> Model:
    import keras

    model = keras.saving.load_model(path, compile=False)
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        raise ValueError(
            f"{path} is not an image classifier: it must have one input and scores of shape (batch, classes)"
        )
    return model


def read_scores(model: Model, arguments: argparse.Namespace) -> tuple[str, bool]:
    """Finds the activation that turns the outputs of a model into probabilities.

    Returns:
        Tuple of `"softmax"`, `"sigmoid"` or `"none"`, and a boolean, whether the model gives several labels per
        picture.

    Raises:
        ValueError: If the model is a feature extractor, or an option does not fit the model.
    """
    from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores

    try:
        scores = class_scores(model, arguments.activation)
    except ValueError as error:
        raise ValueError(f"{arguments.weights}: {error}".replace("`activation`", "--activation")) from error
    if scores.name == FEATURES:
        raise ValueError(f"{arguments.weights} is a feature extractor: it has no classes")
    if arguments.threshold is not None and not scores.several:
        raise ValueError(f"--threshold is for models of several labels. Received: {arguments.threshold}")
    return scores.activation, scores.several


def labels_above(labels: Sequence[Any], arguments: argparse.Namespace) -> Sequence[Any]:
    """Returns the labels above the threshold. With `--json`, returns at least the `--top` best labels."""
    threshold = THRESHOLD if arguments.threshold is None else arguments.threshold
    above = sum(score > threshold for _, _, score in labels)
    return labels[: max(above, arguments.top) if arguments.json else above]


def decode(scores: Tensor, top: int, names_file: str | None) -> list[Any]:
    """Returns the best classes of each picture, as `decode_predictions` does.

    Args:
        scores: NumPy array of shape `(pictures, outputs)`, probabilities.
        top: Integer, number of classes per picture.
        names_file: String, path of a file of class names, or `None`; see `find_class_names`.

    Returns:
        List with one list of tuples `(class, name, score)` per picture.
    """
    from keras_mobilevitv3.classification.predict_classes import both_classes
    from keras_mobilevitv3.preprocessing import decode_predictions

    scores = both_classes(scores)
    count = scores.shape[1]
    dataset = dataset_of(DEFAULT_HEAD.task, count)
    if names_file is not None or dataset is None or dataset.class_names is not None:
        return decode_predictions(scores, top, find_class_names(names_file, count, DEFAULT_HEAD.task))
    try:
        return decode_predictions(scores, top)  # downloads the names of ImageNet
    except RuntimeError as error:
        print(f"keras-mobilevitv3: note: {error} Classes are printed as numbers.", file=sys.stderr)
        return decode_predictions(scores, top, numbered_classes(count))


def as_json(paths: Sequence[FilePath], decoded: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "image": path,
            "predictions": [{"class": key, "name": name, "score": float(score)} for key, name, score in best],
        }
        for path, best in zip(paths, decoded)
    ]
