import keras
import numpy as np

from keras_mobilevitv3.inference.copied_weights import copy_weights
from keras_mobilevitv3.layers.composite_layer import LORA_SETTINGS
from keras_mobilevitv3.layers.conv_norm_act import BATCH_NORM_EPSILON


def fuse_batch_norm(model):
    """The same model with its batch normalizations folded into the convolutions before them, for inference.

    LoRA weights (`enable_lora` of Keras) are merged into their kernels, but for layers that Keras has quantized too,
    which stay as they are.

    ```python
    fast = keras_mobilevitv3.fuse_batch_norm(model)
    fast.save("mobilevitv3_xs_fused.keras")
    ```

    The outputs differ by rounding only. Checkpoints fit the model before folding, which stays as it is.

    Args:
        model: Built functional model of this package, or one that holds layers of it. Other layers are copied, and so
            are batch normalizations that are layers of their own.

    Returns:
        A model of the same class, not compiled.

    Raises:
        ValueError: If it is not a functional model, or not built.
    """
    if not isinstance(model, keras.Model) or not model.built or not getattr(model, "inputs", None):
        raise ValueError(f"`model` must be a built functional model. Received: model={model!r}")
    fused = type(model).from_config(with_fused_layers(model.get_config()))
    copy_weights(model, fused, folded)
    return fused


def with_fused_layers(config):
    """A copy of a config in which all layers that can be fused are, without LoRA weights that can be merged."""
    if isinstance(config, dict):
        merged = LORA_SETTINGS if "lora_rank" in config and not _is_quantized(config.get("dtype")) else ()
        return {
            name: True if name == "fused" else with_fused_layers(value)
            for name, value in config.items()
            if name not in merged
        }
    if isinstance(config, list | tuple):
        return type(config)(map(with_fused_layers, config))
    return config


def _is_quantized(dtype):
    return isinstance(dtype, dict) and keras.dtype_policies.deserialize(dtype).quantization_mode is not None


def folded(convolution, norm):
    """Kernel and bias of a convolution that does what it does with the batch normalization behind it.

    Args:
        convolution: Dict of float64 arrays, the weights of the convolution by name.
        norm: The same of the batch normalization.

    Returns:
        Dict of two arrays.
    """
    gamma, beta, mean, variance = (norm[name] for name in ("gamma", "beta", "moving_mean", "moving_variance"))
    kernel = convolution["kernel"]
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    bias = convolution.get("bias", 0.0)
    depthwise = kernel.shape[-1] == 1  # (k, k, C, 1) instead of (k, k, channels, C)
    return {"kernel": kernel * (scale[:, None] if depthwise else scale), "bias": (bias - mean) * scale + beta}
