"""From photos of any size to the names of what is on them."""

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
    """Names the most probable classes of images of any size.

    Images are resized with the interpolation of the published evaluation of the network's family. A model of any size,
    or of 256x256, sees the centre of an image whose shorter side is 288, as published. A model of another fixed size
    sees the centre without a margin. The last layers of the model tell what its outputs mean, see `activation`.

    ```python
    model = MobileViTV3XS()
    predict_classes(model, "photo.jpg")    # [("n02123045", "tabby", 0.7), ...]
    ```

    Args:
        model: Classifier of this package, or an own one on its features.
        images: One image or a list of them: paths of image files, images of Pillow, or arrays of shape
            `(height, width, channels)` or `(height, width)`, RGB, RGBA or gray, 0-255; the path of a folder of
            pictures; or an array of shape `(batch, height, width, channels)`.
        top: Positive integer, how many classes to return for each image; all of them where there are fewer. Defaults
            to `5`.
        class_names: Sequence of strings, one for each class; for a model with a single output two, those of 0 and 1.
            Or `None`: the names of ImageNet, downloaded once, for 1000 classes, and numbers otherwise. Defaults to
            `None`.
        activation: `"softmax"` or `"sigmoid"`, which turns the outputs into probabilities, or `"none"` if they are
            probabilities. Needed only if the last layers do not tell. `None` takes logits of several classes as those
            of a softmax. Defaults to `None`.
        batch_size: Positive integer, images that the model sees at once. Defaults to `16`.

    Returns:
        List of tuples `(class, name, probability)`, the most probable first, as `decode_predictions` returns them; for
        many images a list of such lists. In a model of several labels each label has a probability of its own.

    Raises:
        ValueError: If an argument is not as stated, or the model is a feature extractor.
        OSError: If a file is no picture, or damaged.
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
    """The probabilities of both classes of a single output, which is that of the second; others unchanged."""
    if probabilities.shape[1] > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities], axis=1)


def _names(class_names, count):
    return numbered_classes(count) if class_names is None and count != 1000 else class_names
