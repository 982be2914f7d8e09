"""Registers the classes of this package with Keras."""

import importlib

# The modules that register classes. The modules of `interop` need KerasHub or KerasCV, so users import them.
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
    """Imports the modules in `MODULES`, so that `keras.saving.load_model` finds the classes of saved models."""
    for module in MODULES:
        importlib.import_module(f"{__package__}.{module}")
