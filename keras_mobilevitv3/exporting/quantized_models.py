"""Models with layers that Keras has quantized."""

from keras_mobilevitv3.layers.adapted_kernels import quantized_layers


def check_quantized(model, format):
    """Raises `ValueError` for a model that Keras has quantized, unless the format holds such layers.

    Args:
        model: Keras model.
        format: `Format`.
    """
    quantized = quantized_layers(model)
    if quantized and not format.holds_quantized_layers:
        raise ValueError(
            f"`model` must not be quantized by Keras for {format.name!r}: export it as it was before `quantize`, with "
            f"`precision='int8'` if 8 bits are wanted. Received: a model of {len(quantized)} quantized layers, such as "
            f"{quantized[0]!r}"
        )
