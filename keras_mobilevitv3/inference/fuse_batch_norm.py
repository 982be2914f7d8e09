from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.inference.copied_weights import copy_weights
from keras_mobilevitv3.layers.composite_layer import LORA_SETTINGS
from keras_mobilevitv3.layers.conv_norm_act import BATCH_NORM_EPSILON


def fuse_batch_norm(model: Model) -> Model:
    """Returns a copy of a model for inference, with each batch normalization folded into the preceding convolution.

    LoRA weights (added by `enable_lora` of Keras) are merged into the kernels. Quantized layers keep their LoRA
    weights.

    ```python
    fast = keras_mobilevitv3.fuse_batch_norm(model)
    fast.save("mobilevitv3_xs_fused.keras")
    ```

    The outputs of the copy differ from the outputs of `model` only by rounding. Checkpoints fit `model` and do not fit
    the copy. `model` does not change.

    Args:
        model: Built functional model with layers of this package. Other layers are copied without a change, separate
            `keras.layers.BatchNormalization` layers included.

    Returns:
        A model of the class of `model`, not compiled.

    Raises:
        ValueError: If `model` is not a functional model, or is not built.
    """
    if not isinstance(model, keras.Model) or not model.built or not getattr(model, "inputs", None):
        raise ValueError(f"`model` must be a built functional model. Received: model={model!r}")
    fused = type(model).from_config(with_fused_layers(model.get_config()))
    copy_weights(model, fused, folded)
    return fused


def with_fused_layers(config: Any) -> Any:
    """Returns a copy of a config with `fused=True`, and without the LoRA settings of layers that are not quantized."""
    if isinstance(config, dict):
        removed = LORA_SETTINGS if "lora_rank" in config and not _is_quantized(config.get("dtype")) else ()
        return {
            name: True if name == "fused" else with_fused_layers(value)
            for name, value in config.items()
            if name not in removed
        }
    if isinstance(config, list | tuple):
        return type(config)(map(with_fused_layers, config))
    return config


def _is_quantized(dtype):
    return isinstance(dtype, dict) and keras.dtype_policies.deserialize(dtype).quantization_mode is not None


def folded(convolution: Mapping[str, np.ndarray], norm: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the weights of a single convolution that computes a convolution and a batch normalization.

    Args:
        convolution: Dict from name to float64 array, the weights of the convolution.
        norm: Dict from name to float64 array, the weights of the batch normalization after the convolution.

    Returns:
        Dict with the keys `"kernel"` and `"bias"`.
    """
    gamma, beta, mean, variance = (norm[name] for name in ("gamma", "beta", "moving_mean", "moving_variance"))
    kernel = convolution["kernel"]
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    bias = convolution.get("bias", 0.0)
    depthwise = kernel.shape[-1] == 1  # (k, k, C, 1) instead of (k, k, channels, C)
    return {"kernel": kernel * (scale[:, None] if depthwise else scale), "bias": (bias - mean) * scale + beta}
