"""Reads and resizes images for a model, and names the classes in the model's output.

Images are RGB, 0-255, channels last.
"""

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
