"""`keras-mobilevitv3 predict`."""

import json
import sys

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.class_names import read_class_names
from keras_mobilevitv3.commands.model_files import (
    DEFAULT_VARIANT,
    check_own_settings,
    check_weights_file,
    is_keras_file,
    load_all,
)
from keras_mobilevitv3.commands.picture_files import PictureReader, check_files, picture_paths
from keras_mobilevitv3.datasets import numbered_classes

NAME = "predict"
SUMMARY = "name what is on pictures"
DESCRIPTION = (
    "Classifies pictures, resized and cropped as in the published evaluation, or to the fixed size of a model. Of a "
    "model that gives several labels, those above a threshold are printed."
)
BATCH_SIZE = 16
ACTIVATIONS = ("softmax", "sigmoid", "none")
THRESHOLD = 0.5


def add_arguments(parser):
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="picture file that Pillow reads, or a folder of them"
    )
    parser.add_argument(
        "--variant",
        help=f"id of the network; a .keras file brings its own (default: {DEFAULT_VARIANT})",
    )
    parser.add_argument(
        "--weights",
        default="imagenet",
        help="'imagenet' (downloaded on first use), or the path of a checkpoint or .keras file (default: %(default)s)",
    )
    parser.add_argument("--top", type=int, default=5, metavar="N", help="classes to print (default: %(default)s)")
    parser.add_argument(
        "--classes", metavar="FILE", help="text file of class names, one a line; those of ImageNet if left out"
    )
    parser.add_argument(
        "--activation",
        choices=ACTIVATIONS,
        help="what makes probabilities of the outputs of a .keras file: softmax (of one class each) or sigmoid (of "
        "several labels), or none if they are probabilities; needed where its last layer does not tell",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help=f"probability above which a label is printed, for models of several labels (default: {THRESHOLD})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    if arguments.top < 1:
        raise ValueError(f"--top must be at least 1. Received: {arguments.top}")
    if arguments.threshold is not None and not 0 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be in [0, 1]. Received: {arguments.threshold}")
    check_files(arguments.classes)
    paths, reader = picture_paths(arguments.images), PictureReader()

    import keras
    import numpy as np

    from keras_mobilevitv3.classification.model_input import prepare_images
    from keras_mobilevitv3.probabilities import as_probabilities

    model = load_model(arguments.variant, arguments.weights)
    activation, several = how_to_read(model, arguments)
    # TensorFlow takes longer to trace a function than to run it once without; JAX is slow without.
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


def load_model(variant, weights):
    """The classifier that `--variant` and `--weights` ask for."""
    from keras_mobilevitv3.classification.classifier import build_classifier

    if check_weights_file(weights, ["imagenet"]):
        return build_classifier(variant or DEFAULT_VARIANT, weights="imagenet")
    if is_keras_file(weights):
        model = load_keras_classifier(weights)
        check_own_settings(model, weights, variant=variant)
        return model
    variant = variant or DEFAULT_VARIANT
    model = build_classifier(variant, weights=None, classes=number_of_classes(weights))
    load_all(model, weights, variant)
    return model


def load_keras_classifier(path):
    import keras

    model = keras.saving.load_model(path, compile=False)
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        raise ValueError(
            f"{path} is not an image classifier: it must have one input and scores of shape (batch, classes)"
        )
    return model


def how_to_read(model, arguments):
    """What makes probabilities of the outputs of a model, and whether it gives several labels.

    Returns:
        Tuple of `"softmax"`, `"sigmoid"` or `"none"`, and a boolean.
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


def labels_above(labels, arguments):
    """The first labels, those above the threshold; in JSON at least the `--top` best."""
    threshold = THRESHOLD if arguments.threshold is None else arguments.threshold
    above = sum(score > threshold for _, _, score in labels)
    return labels[: max(above, arguments.top) if arguments.json else above]


def decode(scores, top, names_file):
    """The best classes of each picture as `(class, name, score)`, named by the file, by ImageNet, or by number."""
    from keras_mobilevitv3.classification.predict_classes import both_classes
    from keras_mobilevitv3.preprocessing import decode_predictions

    scores = both_classes(scores)
    count = scores.shape[1]
    numbers = numbered_classes(count)
    if names_file is not None:
        return decode_predictions(scores, top, read_class_names(names_file, count))
    if count != 1000:
        return decode_predictions(scores, top, numbers)
    try:
        return decode_predictions(scores, top)
    except RuntimeError as error:
        print(f"keras-mobilevitv3: note: {error} Classes are printed as numbers.", file=sys.stderr)
        return decode_predictions(scores, top, numbers)


def as_json(paths, decoded):
    return [
        {
            "image": path,
            "predictions": [{"class": key, "name": name, "score": float(score)} for key, name, score in best],
        }
        for path, best in zip(paths, decoded)
    ]
