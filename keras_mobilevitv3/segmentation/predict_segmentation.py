"""Predicts the class of each pixel of images of any size."""

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

ROWS = 64  # rows of the image per step; more rows need more memory for logits


def predict_segmentation(
    model: Segmenter, image: Any, size: int | None = None, return_probabilities: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray] | list:
    """Predicts the class of each pixel of an image.

    The function resizes the logits of the last feature map to the size of the image, as in the published evaluation of
    the network's family. The `upsampling` of the model (see `DeepLabV3`) has no effect on the result.

    ```python
    model = DeepLabV3("mobilevitv3_xs", weights="pascal_voc")
    classes = predict_segmentation(model, "photo.jpg", size=512)    # (height, width)
    ```

    Args:
        model: `Segmenter`.
        image: One image: path of an image file, Pillow image, or array of shape `(height, width, channels)` or
            `(height, width)`, RGB, RGBA or gray, 0-255. Or several images: list of such images, path of a folder of
            pictures, or array of shape `(batch, height, width, channels)`.
        size: Integer of at least 32, size of the input of the network, or `None` for the size of the image. Multi-head
            family: height and width become `size`, without keeping the aspect ratio. Separable family: the shorter side
            becomes `size`, then both sides shrink to multiples of the output stride. With `None`, sides below 32
            pixels become 32 pixels. A model of fixed height and width always takes its own size, without keeping the
            aspect ratio. Defaults to `None`.
        return_probabilities: Boolean, whether to return the probabilities of the classes too. Defaults to `False`.

    Returns:
        Int32 NumPy array of shape `(height, width)`, the classes. A model with one class gives 1 for a probability
        above 0.5 and 0 otherwise. With `return_probabilities`, a tuple of the classes and a float32 NumPy array of
        shape `(height, width, classes)`. For several images, a list with one result per image.

    Raises:
        ValueError: If an argument is invalid.
        OSError: If a file is not a picture, or is damaged.
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
