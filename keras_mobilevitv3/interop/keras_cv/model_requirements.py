"""What the models of KerasCV need of their arguments, and do not check themselves."""

BOX_FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh")


def check_box_format(bounding_box_format):
    """Raises `ValueError` unless this is a format of KerasCV; the case does not count."""
    if not isinstance(bounding_box_format, str) or bounding_box_format.lower() not in BOX_FORMATS:
        raise ValueError(
            f"`bounding_box_format` must be one of {list(BOX_FORMATS)}. "
            f"Received: bounding_box_format={bounding_box_format!r}"
        )


def check_known_size(input_shape, model):
    """Raises `ValueError` unless height and width are known."""
    if None in tuple(input_shape)[:2]:
        raise ValueError(
            f"`input_shape` must be of known height and width for KerasCV's {model}. "
            f"Received: input_shape={tuple(input_shape)}"
        )


def check_output_stride(output_stride, model, instead):
    """Raises `ValueError` unless the stride is 32.

    Args:
        output_stride: Integer.
        model: String, name of the model of KerasCV.
        instead: String, what to use for other strides.
    """
    if output_stride != 32:
        raise ValueError(
            f"`output_stride` must be 32, as KerasCV's {model} is written for it; {instead}. "
            f"Received: output_stride={output_stride}"
        )


def check_map_sizes(backbone, levels, model):
    """Raises `ValueError` unless each map has the exact size of its level.

    Maps are rounded up, and in the separable family to even sizes, which the models of KerasCV do not follow.

    Args:
        backbone: `KerasCVBackbone` of a known image size.
        levels: Strings, the levels that the model joins.
        model: String, name of the model of KerasCV.
    """
    image = backbone.input.shape[1:3]
    for level in levels:
        size = backbone.get_layer(backbone.pyramid_level_inputs[level]).output.shape[1:3]
        if any(pixels != cells * 2 ** int(level[1:]) for pixels, cells in zip(image, size)):
            raise ValueError(
                f"`input_shape` must have a height and width that are multiples of 32, in the separable family of 64, "
                f"for KerasCV's {model}; here {level!r} has {size[0]}x{size[1]} pixels. Pad or resize the images. "
                f"Received: input_shape={tuple(backbone.input.shape[1:])}"
            )
