"""Kernels that Keras adapts after training, by LoRA or by quantization."""

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.layers.composite_layer import sublayers


def has_lora(layer: keras.Layer) -> bool:
    """Returns whether a layer has LoRA weights, which `enable_lora` of Keras adds."""
    return bool(getattr(layer, "lora_enabled", False))


def merged_kernel(layer: keras.Layer) -> np.ndarray:
    """Returns the kernel of a layer with the LoRA update added.

    Args:
        layer: Keras layer with LoRA weights, not quantized.

    Returns:
        Float64 array.
    """
    values = weight_values(layer)
    update = np.matmul(values["lora_kernel_a"], values["lora_kernel_b"])
    return values["kernel"] + layer.lora_alpha / layer.lora_rank * update


def weight_values(layer: keras.Layer) -> dict[str, np.ndarray]:
    """Returns the weights of a layer as a dict from name to float64 array."""
    return {weight.name: keras.ops.convert_to_numpy(weight).astype("float64") for weight in layer.weights}


def quantized_layers(model: Model) -> list[str]:
    """Returns the paths of all nested layers that Keras has quantized (`model.quantize`)."""
    return [name for name, layer in sublayers(model) if layer.quantization_mode is not None]
