"""`preprocess_input` and `decode_predictions`, as in each model family of `keras.applications`."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_integer, check_strings


def preprocess_input(x: Tensor, data_format: str | None = None) -> Tensor:
    """Returns the images unchanged: the models scale pixel values themselves.

    With this function, a MobileViTv3 can replace a model of `keras.applications`. Models built with
    `include_preprocessing=True`, the default, take RGB images, channels last, with pixel values 0-255.

    Args:
        x: Array or tensor, a batch of RGB images, 0-255.
        data_format: `"channels_last"`, or `None` for `keras.config.image_data_format()`. Defaults to `None`.

    Returns:
        `x`, unchanged.

    Raises:
        ValueError: If the data format is not `"channels_last"`.
    """
    if data_format is None:
        data_format = keras.config.image_data_format()
    if data_format != "channels_last":
        raise ValueError(f"`data_format` must be 'channels_last'. Received: data_format={data_format!r}")
    return x


def decode_predictions(preds: Tensor, top: int = 5, class_names: Sequence[str] | None = None) -> list[list[tuple]]:
    """Names the classes with the highest scores.

    Without `class_names`, the function calls `keras.applications.imagenet_utils.decode_predictions`, which downloads
    the class names of ImageNet once.

    Args:
        preds: Array or tensor of shape `(batch, classes)`, scores.
        top: Positive integer, number of classes per sample. Models with fewer classes give all classes. Defaults to
            `5`.
        class_names: Sequence of strings, one for each class, or `None` for the 1000 classes of ImageNet. Defaults to
            `None`.

    Returns:
        List with one list of tuples `(class_index, class_name, score)` per sample, highest score first. Without
        `class_names`, the WordNet id, such as `"n02123045"`, replaces `class_index`.

    Raises:
        ValueError: If an argument is invalid.
        RuntimeError: If the class names of ImageNet cannot be downloaded.
    """
    preds = np.asarray(ops.convert_to_numpy(preds) if ops.is_tensor(preds) else preds)
    if preds.ndim != 2 or preds.dtype.kind in "ObSU":  # the kind of bfloat16 is "V"
        raise ValueError(
            "`preds` must be numbers of the shape (batch, classes). "
            f"Received: preds of shape {preds.shape} and dtype {preds.dtype}"
        )
    if np.isnan(preds).any():
        raise ValueError("`preds` must be numbers. Received: preds with NaN")
    check_integer("top", top)
    if class_names is None:
        return _decode_imagenet(preds, top)
    check_strings("class_names", class_names, preds.shape[1])
    best = np.argsort(-preds.astype("float64"), axis=1, kind="stable")[:, :top]
    return [
        [(int(index), class_names[index], float(scores[index])) for index in indices]
        for scores, indices in zip(preds, best, strict=True)
    ]


def _decode_imagenet(preds, top):
    if preds.shape[1] != 1000:
        raise ValueError(
            "Only the 1000 classes of ImageNet have names of their own: pass `class_names`, a sequence of "
            f"{preds.shape[1]} strings. Received: preds of shape {preds.shape} and class_names=None"
        )
    try:
        return keras.applications.imagenet_utils.decode_predictions(preds, top=top)
    except Exception as error:  # Keras raises a bare `Exception` if a download fails
        raise RuntimeError(
            "The class names of ImageNet could not be downloaded. Without a network, pass `class_names`, a sequence of "
            "1000 strings."
        ) from error
