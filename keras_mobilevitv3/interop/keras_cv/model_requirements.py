"""Checks of arguments that the models of KerasCV do not check."""

from collections.abc import Iterable
from typing import Any

from keras_mobilevitv3.array_types import Model, Shape

BOX_FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh")


def check_box_format(bounding_box_format: Any) -> None:
    """Raises `ValueError` unless `bounding_box_format` is a box format of KerasCV, in lower or upper case."""
    if not isinstance(bounding_box_format, str) or bounding_box_format.lower() not in BOX_FORMATS:
        raise ValueError(
            f"`bounding_box_format` must be one of {list(BOX_FORMATS)}. "
            f"Received: bounding_box_format={bounding_box_format!r}"
        )


def check_known_size(input_shape: Shape, model: str) -> None:
    """Raises `ValueError` unless height and width are known.

    Args:
        input_shape: Tuple `(height, width, channels)`.
        model: String, name of the KerasCV model.
    """
    if None in tuple(input_shape)[:2]:
        raise ValueError(
            f"`input_shape` must be of known height and width for KerasCV's {model}. "
            f"Received: input_shape={tuple(input_shape)}"
        )


def check_output_stride(output_stride: int, model: str, instead: str) -> None:
    """Raises `ValueError` unless the output stride is 32.

    Args:
        output_stride: Integer.
        model: String, name of the KerasCV model.
        instead: String, end of the error message: an alternative for other output strides.
    """
    if output_stride != 32:
        raise ValueError(
            f"`output_stride` must be 32 for KerasCV's {model}; {instead}. Received: output_stride={output_stride}"
        )


def check_map_sizes(backbone: Model, levels: Iterable[str], model: str) -> None:
    """Raises `ValueError` unless the size of each feature map is the image size divided by the stride of the level.

    MobileViT networks round the sizes of feature maps up, in the separable family to even numbers. The models of
    KerasCV do not support rounded sizes.

    Args:
        backbone: `KerasCVBackbone` for a known image size.
        levels: Strings, the levels that the model combines, such as `"P5"`.
        model: String, name of the KerasCV model.
    """
    image = backbone.input.shape[1:3]
    for level in levels:
        size = backbone.get_layer(backbone.pyramid_level_inputs[level]).output.shape[1:3]
        if any(pixels != cells * 2 ** int(level[1:]) for pixels, cells in zip(image, size)):
            raise ValueError(
                "`input_shape` must have a height and width that are multiples of 32, or of 64 in the separable "
                f"family, for KerasCV's {model}; pad or resize the images. "
                f"Received: input_shape={tuple(backbone.input.shape[1:])}, where {level!r} has {size[0]}x{size[1]} "
                "pixels"
            )
