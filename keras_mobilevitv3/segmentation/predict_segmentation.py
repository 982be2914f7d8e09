"""From one photo of any size to the class of each of its pixels."""

from typing import Any

import numpy as np

from keras_mobilevitv3.backbones.given_backbone import output_stride_of
from keras_mobilevitv3.blocks.family_of_model import required_family_of
from keras_mobilevitv3.checks import check_boolean, check_instance, check_integer
from keras_mobilevitv3.preprocessing.linear_interpolation import interpolate
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels
from keras_mobilevitv3.probabilities import as_probabilities
from keras_mobilevitv3.segmentation.class_map import best_class, logit_taps
from keras_mobilevitv3.segmentation.model_input import MIN_SIZE, resize_for_segmenter
from keras_mobilevitv3.segmentation.segmenter import Segmenter

ROWS = 64  # rows of the image whose logits are in memory at a time


def predict_segmentation(
    model: Segmenter, image: Any, size: int | None = None, return_probabilities: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray] | list:
    """Predicts the class of each pixel of an image.

    The logits of the last feature map are enlarged to the size of the image as in the published evaluation of the
    network's family (see `upsampling` of `DeepLabV3`), whatever the model itself does.

    ```python
    model = DeepLabV3("mobilevitv3_xs", weights="pascal_voc")
    classes = predict_segmentation(model, "photo.jpg", size=512)    # (height, width)
    ```

    Args:
        model: `Segmenter`.
        image: One image: path of an image file, image of Pillow, or array of shape `(height, width, channels)` or
            `(height, width)`, RGB, RGBA or gray, 0-255. Or many: a list of these, the path of a folder of pictures, or
            an array of shape `(batch, height, width, channels)`.
        size: Integer, the size at which the network sees the image, as published. Multi-head family: squashed to that
            height and width. Separable family: resized to that shorter side, then shrunk to multiples of the output
            stride. Or `None` for the image as it is, at least 32 pixels high and wide. A model of fixed height and
            width sees the image squashed to these. Defaults to `None`.
        return_probabilities: Boolean, whether to return the probabilities of the classes too. Defaults to `False`.

    Returns:
        Int32 NumPy array of shape `(height, width)`, the classes. A model of one class gives 1 where that class is more
        probable than not, and 0 elsewhere. With `return_probabilities`, a tuple of this array and a float32 NumPy array
        of shape `(height, width, classes)`. For many images a list of these.

    Raises:
        ValueError: If an argument is not as stated.
        OSError: If a file is no picture, or damaged.
    """
    check_instance("model", model, Segmenter)
    images, is_one = image_sources("`image`", image)
    check_integer("size", size, least=MIN_SIZE, optional=True)
    check_boolean("return_probabilities", return_probabilities)
    if not is_one:
        return [_predict(model, as_image("Each of `image`", each), size, return_probabilities) for each in images]
    return _predict(model, as_image("`image`", image), size, return_probabilities)


def _predict(model, image, size, return_probabilities):
    pixels = from_pixels(model, resize_for_segmenter(model, image, size))
    (logits,) = model.predict_low_resolution(pixels[None])
    sizes = logits.shape[:2], image.shape[:2]
    row_taps, column_taps = logit_taps(*sizes, required_family_of(model), output_stride_of(model))
    columns = interpolate(np.asarray(logits, "float32"), column_taps, 1)  # (h, width, classes)
    classes, probabilities = [], []
    for start in range(0, image.shape[0], ROWS):
        block = interpolate(columns, [taps[start : start + ROWS] for taps in row_taps], 0)
        classes.append(best_class(block).astype("int32"))
        if return_probabilities:
            probabilities.append(as_probabilities(block, "sigmoid" if block.shape[-1] == 1 else "softmax"))
    if return_probabilities:
        return np.concatenate(classes), np.concatenate(probabilities)
    return np.concatenate(classes)
