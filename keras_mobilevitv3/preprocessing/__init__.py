"""Reads and resizes images for a model, and names the classes in the model's output.

Images are RGB, 0-255, channels last.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_mobilevitv3.datasets import class_names
    from keras_mobilevitv3.preprocessing.imagenet import decode_predictions, preprocess_input
    from keras_mobilevitv3.preprocessing.palettes import segmentation_palette
    from keras_mobilevitv3.preprocessing.picture_reading import read_image
    from keras_mobilevitv3.preprocessing.published_evaluation import EvaluationTransform, evaluation_transform
    from keras_mobilevitv3.preprocessing.resizing import resize_image

__all__ = [
    "EvaluationTransform",
    "class_names",
    "decode_predictions",
    "evaluation_transform",
    "preprocess_input",
    "read_image",
    "resize_image",
    "segmentation_palette",
]

# Public names by the module that they are imported from on first use: processes that read pictures need no Keras.
_MODULES = {
    "EvaluationTransform": "preprocessing.published_evaluation",
    "class_names": "datasets",
    "decode_predictions": "preprocessing.imagenet",
    "evaluation_transform": "preprocessing.published_evaluation",
    "preprocess_input": "preprocessing.imagenet",
    "read_image": "preprocessing.picture_reading",
    "resize_image": "preprocessing.resizing",
    "segmentation_palette": "preprocessing.palettes",
}

if not TYPE_CHECKING:  # otherwise type checkers would take any name for a public one

    def __getattr__(name):
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        value = globals()[name] = getattr(import_module(f"keras_mobilevitv3.{_MODULES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
