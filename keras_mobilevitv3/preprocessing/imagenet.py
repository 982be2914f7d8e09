"""The two functions that every family of `keras.applications` has beside its models."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_integer, check_strings


def preprocess_input(x: Tensor, data_format: str | None = None) -> Tensor:
    """Returns the images unchanged: the models scale pixel values themselves.

    It is here so that a MobileViTv3 can take the place of another model of `keras.applications`. Models built with
    `include_preprocessing=True`, the default, take RGB images, channels last, with pixel values 0-255.

    Args:
        x: Array or tensor, a batch of RGB images, 0-255.
        data_format: `"channels_last"`, or `None` for `keras.config.image_data_format()`. Defaults to `None`.

    Returns:
        `x`, unchanged.
    """
    if data_format is None:
        data_format = keras.config.image_data_format()
    if data_format != "channels_last":
        raise ValueError(f"`data_format` must be 'channels_last'. Received: data_format={data_format!r}")
    return x


def decode_predictions(preds: Tensor, top: int = 5, class_names: Sequence[str] | None = None) -> list[list[tuple]]:
    """Names the classes with the highest scores.

    Without `class_names` it returns what `keras.applications.imagenet_utils.decode_predictions` does, which downloads
    the class names of ImageNet once.

    Args:
        preds: Array or tensor of shape `(batch, classes)`, scores.
        top: Integer, how many classes to return for each sample; all of them where there are fewer. Defaults to `5`.
        class_names: Sequence of strings, one for each class, or `None` for the 1000 classes of ImageNet. Defaults to
            `None`.

    Returns:
        A list for each sample of tuples `(class_index, class_name, score)`, highest score first. Without `class_names`
        the first item is not the index but the WordNet id, such as `"n02123045"`.
    """
    preds = np.asarray(ops.convert_to_numpy(preds) if ops.is_tensor(preds) else preds)
    if preds.ndim != 2 or preds.dtype.kind in "ObSU":  # "V" is what NumPy calls bfloat16
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
    except Exception as error:  # Keras raises a bare `Exception` where a download fails
        raise RuntimeError(
            "The class names of ImageNet could not be downloaded. Without a network, pass `class_names`, a sequence of "
            "1000 strings."
        ) from error
