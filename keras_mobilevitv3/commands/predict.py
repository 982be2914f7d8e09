"""`keras-mobilevitv3 predict`."""

import json
import sys

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.class_names import numbered_classes, read_class_names
from keras_mobilevitv3.commands.model_files import (
    DEFAULT_VARIANT,
    check_own_settings,
    check_weights_file,
    is_keras_file,
    load_all,
)
from keras_mobilevitv3.commands.picture_files import check_files

NAME = "predict"
SUMMARY = "name what is on pictures"
DESCRIPTION = (
    "Classifies pictures, resized and cropped as in the published evaluation, or to the fixed size of a model."
)
BATCH_SIZE = 16


def add_arguments(parser):
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="picture file that Pillow reads")
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
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    if arguments.top < 1:
        raise ValueError(f"--top must be at least 1. Received: {arguments.top}")
    check_files(*arguments.images, arguments.classes)

    import keras

    from keras_mobilevitv3.commands.model_input import prepare_images

    model = load_model(arguments.variant, arguments.weights)
    # TensorFlow takes longer to trace a function than to run it once without; JAX is slow without.
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    scores = model.predict(prepare_images(model, arguments.images), batch_size=BATCH_SIZE, verbose=0)
    decoded = decode(probabilities(scores), arguments.top, arguments.classes)
    if arguments.json:
        print(json.dumps(as_json(arguments.images, decoded), indent=2))
        return
    for path, best in zip(arguments.images, decoded):
        print(path)
        for _, name, score in best:
            print(f"  {score:7.2%}  {name}")


def load_model(variant, weights):
    """The classifier that `--variant` and `--weights` ask for."""
    from keras_mobilevitv3.models import build_classifier

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


def probabilities(scores):
    """Scores that are logits become probabilities; others stay as they are."""
    import numpy as np

    if scores.min() >= 0 and np.allclose(scores.sum(axis=1), 1, atol=1e-2):
        return scores
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def decode(scores, top, names_file):
    """The best classes of each picture as `(class, name, score)`, named by the file, by ImageNet, or by number."""
    from keras_mobilevitv3.preprocessing import decode_predictions

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
