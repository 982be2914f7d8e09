"""From photos of any size to the names of what is on them."""

import keras
import numpy as np

from keras_mobilevitv3.checks import check_integer
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import prepare_images
from keras_mobilevitv3.datasets import numbered_classes
from keras_mobilevitv3.preprocessing import decode_predictions
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from keras_mobilevitv3.probabilities import as_probabilities


def predict_classes(model, images, top=5, class_names=None, activation=None, batch_size=16):
    """Names the most probable classes of images of any size.

    The images are resized and cropped as in the published evaluation of the network's family, or to the fixed size of
    the model. What its outputs mean is told by its last layers, see `activation`.

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
        class_names: Sequence of strings, one for each class; of a model with a single output two, those of 0 and 1. Or
            `None`: the names of ImageNet, downloaded once, for 1000 classes, and numbers otherwise. Defaults to `None`.
        activation: `"softmax"` or `"sigmoid"`, which makes probabilities of the outputs, or `"none"` if they are
            probabilities; needed only where the last layers do not tell. Logits of several classes are taken as those
            of a softmax if it is left out. Defaults to `None`.
        batch_size: Positive integer, images that the model sees at once. Defaults to `16`.

    Returns:
        List of tuples `(class, name, probability)`, the most probable first, as `decode_predictions` gives them; for
        many images a list of such lists. Of a model that gives several labels each has a probability of its own.

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


def both_classes(probabilities):
    """Of a single output, the probability of the second of two classes, those of both; others as they are."""
    if probabilities.shape[1] > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities], axis=1)


def _names(class_names, count):
    return numbered_classes(count) if class_names is None and count != 1000 else class_names
