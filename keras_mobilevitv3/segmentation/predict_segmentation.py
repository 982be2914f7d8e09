"""From one photo of any size to the class of each of its pixels."""

import numpy as np

from keras_mobilevitv3.backbones.given_backbone import output_stride_of
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.checks import check_boolean, check_instance, check_integer
from keras_mobilevitv3.layers.bilinear_resize import static_taps
from keras_mobilevitv3.preprocessing import resize_image
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels
from keras_mobilevitv3.probabilities import as_probabilities
from keras_mobilevitv3.segmentation.segmenter import Segmenter

MIN_SIZE = 32
ROWS = 64  # of the image at a time, as the logits of a photo would fill the memory


def predict_segmentation(model, image, size=None, return_probabilities=False):
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
        size: Integer, the size at which the network sees the image, as published: in the multi-head family squashed to
            that height and width, in the separable one with that shorter side. Or `None` for the image as it is, at
            least 32 pixels high and wide. A model of fixed height and width sees the image squashed to these. Defaults
            to `None`.
        return_probabilities: Boolean, whether to return the probabilities of the classes too. Defaults to `False`.

    Returns:
        Int32 NumPy array of shape `(height, width)`, the classes; of a model of one class 1 where it is more probable
        than not, and else 0. With `return_probabilities`, a tuple of it and a float32 NumPy array of shape
        `(height, width, classes)`. For many images a list of these.

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
    family = family_of(model)
    inputs = resize_image(image, _input_size(model, image.shape[:2], size, family), **family.resize)
    inputs = from_pixels(model, inputs.astype("float32"))
    (logits,) = model.predict_low_resolution(inputs[None])
    stride = output_stride_of(model)
    taps = [_taps(n_in, n_out, family, stride) for n_in, n_out in zip(logits.shape[:2], image.shape[:2])]
    return _classes(np.asarray(logits, "float32"), *taps, return_probabilities)


def _input_size(model, image_size, size, family):
    fixed = model.input_shape[1:3]
    if None not in fixed:
        return fixed
    if size is None:
        height, width = image_size
    elif not family.keeps_aspect_ratio:
        height, width = size, size
    else:
        height, width = (size * side // min(image_size) for side in image_size)
        stride = output_stride_of(model)
        height, width = (side // stride * stride for side in (height, width))
    return tuple(
        max(side, MIN_SIZE) if known is None else known for side, known in zip((height, width), fixed, strict=True)
    )


def _taps(n_in, n_out, family, stride):
    """Where each row (or column) of the image reads the logits; `static_taps` says how it is written."""
    if family.align_corners:
        return static_taps(n_in, n_out, align_corners=True)
    nearest = np.arange(n_out) * (n_in * stride) // n_out
    return tuple(array[nearest] for array in static_taps(n_in, n_in * stride, align_corners=False))


def _best_class(logits):
    if logits.shape[-1] == 1:
        return (logits[..., 0] > 0).astype("int32")
    return logits.argmax(axis=-1).astype("int32")


def _classes(logits, row_taps, column_taps, return_probabilities):
    """Enlarges logits `(h, w, classes)` and takes the best class, a few rows at a time."""
    low, high, weight = column_taps
    weight = weight[:, None]
    columns = logits[:, low] * (1 - weight) + logits[:, high] * weight  # (h, width, classes)
    classes, probabilities = [], []
    low, high, weight = row_taps
    for start in range(0, len(low), ROWS):
        rows = slice(start, start + ROWS)
        part = weight[rows, None, None]
        block = columns[low[rows]] * (1 - part) + columns[high[rows]] * part
        classes.append(_best_class(block))
        if return_probabilities:
            probabilities.append(as_probabilities(block, "sigmoid" if block.shape[-1] == 1 else "softmax"))
    if return_probabilities:
        return np.concatenate(classes), np.concatenate(probabilities)
    return np.concatenate(classes)
