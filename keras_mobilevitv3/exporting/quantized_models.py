"""Checks models for layers that Keras has quantized."""

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.exporting.formats import Format
from keras_mobilevitv3.layers.adapted_kernels import quantized_layers


def check_quantized(model: Model, format: Format) -> None:
    """Raises `ValueError` if Keras has quantized the model and the format does not support quantized layers.

    Args:
        model: Keras model.
        format: `Format`.
    """
    quantized = quantized_layers(model)
    if quantized and not format.holds_quantized_layers:
        raise ValueError(
            f"`model` must not be quantized by Keras for {format.name!r}: export the model before `quantize`, with "
            f"`precision='int8'` for 8 bits. Received: a model with {len(quantized)} quantized layers, such as "
            f"{quantized[0]!r}"
        )
