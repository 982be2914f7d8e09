"""Classifies images of any size."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.checks import check_integer
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import prepare_images
from keras_mobilevitv3.datasets import numbered_classes
from keras_mobilevitv3.preprocessing import decode_predictions
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from keras_mobilevitv3.probabilities import as_probabilities


def predict_classes(
    model: keras.Model,
    images: Any,
    top: int = 5,
    class_names: Sequence[str] | None = None,
    activation: str | None = None,
    batch_size: int = 16,
) -> list:
    """Returns the most probable classes of images of any size.

    The function resizes images with the interpolation of the published evaluation of the network's family. For a model
    of any size or of 256x256, the shorter side becomes 288, as published, and the center is cropped. For a model of
    another fixed size, the crop has no margin. The last layers of the model determine the meaning of its outputs; see
    `activation`.

    ```python
    model = MobileViTV3XS()
    predict_classes(model, "photo.jpg")    # [("n02123045", "tabby", 0.7), ...]
    ```

    Args:
        model: Classifier of this package, or a classifier built on features of this package.
        images: One image or a list of images: paths of image files, Pillow images, or arrays of shape
            `(height, width, channels)` or `(height, width)`, RGB, RGBA or gray, 0-255. Or the path of a folder of
            pictures, or an array of shape `(batch, height, width, channels)`.
        top: Positive integer, number of classes per image. Models with fewer classes give all classes. Defaults to
            `5`.
        class_names: Sequence of strings, one for each class. A model with a single output needs two names, for 0 and 1.
            With `None`, 1000 classes get the names of ImageNet, which are downloaded once, and other numbers of classes
            get numbers. Defaults to `None`.
        activation: `"softmax"` or `"sigmoid"`, activation that turns the outputs into probabilities, or `"none"` if the
            outputs are probabilities. Needed only if the last layers do not determine the activation. `None` applies a
            softmax to logits of several classes. Defaults to `None`.
        batch_size: Positive integer, images per call of the model. Defaults to `16`.

    Returns:
        List of tuples `(class, name, probability)` as in `decode_predictions`, highest probability first. For several
        images, a list of such lists. In a model with several labels, each label has an independent probability.

    Raises:
        ValueError: If an argument is invalid, or the model is a feature extractor.
        OSError: If a file is not a picture, or is damaged.
    """
    tensors = [getattr(model, name, None) or () for name in ("inputs", "outputs")]
    if not isinstance(model, keras.Model) or list(map(len, tensors)) != [1, 1]:
        raise ValueError(f"`model` must be a classifier with one input and one output. Received: model={model!r}")
    check_integer("top", top)
    check_integer("batch_size", batch_size)
    scores = class_scores(model, activation)
    if scores.name == FEATURES:
        raise ValueError(f"`model` must be a classifier, not a feature extractor. Received: model={model!r}")
    images, is_one = image_sources("`images`", images)
    predicted = []
    for start in range(0, len(images), batch_size):
        part = [as_image("Each of `images`", image) for image in images[start : start + batch_size]]
        outputs = keras.ops.convert_to_numpy(model.predict_on_batch(prepare_images(model, part)))
        probabilities = both_classes(as_probabilities(outputs, scores.activation))
        predicted += decode_predictions(probabilities, top, _names(class_names, probabilities.shape[1]))
    return predicted[0] if is_one else predicted


def both_classes(probabilities: np.ndarray) -> np.ndarray:
    """Adds the probability of the first class to a single output, which is the probability of the second class.

    Args:
        probabilities: Float NumPy array of shape `(batch, outputs)`.

    Returns:
        Float NumPy array of shape `(batch, 2)` for a single output. Otherwise, `probabilities` unchanged.
    """
    if probabilities.shape[1] > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities], axis=1)


def _names(class_names, count):
    return numbered_classes(count) if class_names is None and count != 1000 else class_names
