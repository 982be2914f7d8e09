"""The classes of this package that Keras must know before it loads a file."""

import importlib

# The modules that register classes. Those of `interop` need KerasHub or KerasCV, and register when they are imported.
MODULES = (
    "initializers",
    "layers",
    "blocks",
    "preprocessing.published_evaluation",
    "segmentation.segmenter",
    "detection.multibox_loss",
    "detection.ssd_detector",
    "exporting.graph.detection_decoding",
    "exporting.graph.runtime_decoding",
)


def register_classes() -> None:
    """Imports the modules whose classes are in saved models, so that `keras.saving.load_model` finds the classes."""
    for module in MODULES:
        importlib.import_module(f"{__package__}.{module}")
