"""Models and checkpoints given by their paths."""

import warnings
from pathlib import Path


def check_weights_file(weights, published):
    """Whether `--weights` is one of the published ones; raises `FileNotFoundError` if it is no file either."""
    if weights in published:
        return True
    if not Path(weights).is_file():
        known = ", ".join(map(repr, published))
        raise FileNotFoundError(f"--weights must be {known} or an existing file. Received: {weights!r}")
    return False


def is_keras_file(path):
    return path.lower().endswith(".keras")


def load_keras_file(path, kind, noun):
    """The model of a `.keras` file, which must be of a class of this package, a detector for example."""
    import keras

    model = keras.saving.load_model(path, compile=False)
    if not isinstance(model, kind):
        raise ValueError(f"{path} is not a {noun} of this package")
    return model


def load_all(model, path, description, unused=()):
    """Loads a checkpoint of which nothing may be left out, nor any weights of the model kept.

    Args:
        model: Model of this package.
        path: String.
        description: String, what the model is, for the error.
        unused: Tuple of parts of names of tensors that may be left out. Defaults to `()`.
    """
    from keras_mobilevitv3.weights import load_checkpoint

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is left out is an error here
        report = load_checkpoint(model, path)
    skipped = [name for name in report.skipped if not any(part in name for part in unused)]
    if skipped or report.kept:
        left_out = ", ".join([*skipped, *report.kept])
        raise ValueError(f"{path} does not fit {description}: left out are {left_out}")
