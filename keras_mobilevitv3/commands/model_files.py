"""Models and checkpoints given by their paths."""

import warnings
from pathlib import Path

DEFAULT_VARIANT = "mobilevitv3_xs"
SMALLEST_SIZE = 32
OUTPUT_STRIDES = (8, 16, 32)


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


def head_of(model):
    """The `--head` that a model has: `"classifier"`, `"deeplabv3"`, `"pspnet"` or `"ssdlite"`."""
    from keras_mobilevitv3.detection.ssd_detector import SSDDetector
    from keras_mobilevitv3.segmentation.segmenter import Segmenter

    if isinstance(model, SSDDetector):
        return "ssdlite"
    if isinstance(model, Segmenter):
        return "pspnet" if any(layer.name == "psp" for layer in model.layers) else "deeplabv3"
    return "classifier"


def check_own_settings(model, path, variant=None, head=None, size=None, output_stride=None):
    """Checks options that do not apply to a `.keras` file, whose model has settings of its own.

    Args:
        model: Model of the file.
        path: String, path of the file.
        variant, head, size, output_stride: Values of the options, `None` for those that were left out.

    Raises:
        ValueError: If one is not the setting of the model.
    """
    if variant is not None and variant not in model.name:
        raise ValueError(f"--variant must be left out for {path}, which has its own network. Received: {variant}")
    if head is not None and head != head_of(model):
        raise ValueError(f"--head must be left out, or {head_of(model)}, that of {path}. Received: {head}")
    sides = tuple(model.inputs[0].shape[1:3])
    if size is not None and sides != (size, size):
        own = "any" if None in sides else "x".join(map(str, sides))
        raise ValueError(f"--size must be left out for {path}, whose size is {own}. Received: {size}")
    if output_stride is not None and output_stride != own_output_stride(model):
        raise ValueError(f"--output-stride must be left out for {path}, which has its own. Received: {output_stride}")


def own_output_stride(model):
    """The output stride of a model, or `None` for one that is not on a network of this package."""
    from keras_mobilevitv3.backbones.given_backbone import output_stride_of

    try:
        return output_stride_of(model)
    except ValueError:
        return None


def check_size(size, smallest=SMALLEST_SIZE):
    """Raises `ValueError` for a `--size` that no network takes; `None` is left out."""
    if size is not None and size < smallest:
        raise ValueError(f"--size must be at least {smallest}. Received: {size}")


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
