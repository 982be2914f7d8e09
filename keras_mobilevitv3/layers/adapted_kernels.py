"""Kernels that Keras changes after training: LoRA weights beside them, or 8 bits."""

import keras
import numpy as np

from keras_mobilevitv3.layers.composite_layer import sublayers


def has_lora(layer):
    """Whether a layer has LoRA weights, by `enable_lora` of Keras."""
    return bool(getattr(layer, "lora_enabled", False))


def merged_kernel(layer):
    """The kernel of a layer with LoRA weights, as the layer computes with it.

    Args:
        layer: Keras layer for which `has_lora` is true, not quantized.

    Returns:
        Float64 array.
    """
    values = own_weights(layer)
    update = np.matmul(values["lora_kernel_a"], values["lora_kernel_b"])
    return values["kernel"] + layer.lora_alpha / layer.lora_rank * update


def own_weights(layer):
    """The weights of a layer as a dict from name to float64 array."""
    return {weight.name: keras.ops.convert_to_numpy(weight).astype("float64") for weight in layer.weights}


def quantized_layers(model):
    """Names of the layers and sublayers that Keras has quantized (`model.quantize`), however deep."""
    return [name for name, layer in sublayers(model) if layer.quantization_mode is not None]
