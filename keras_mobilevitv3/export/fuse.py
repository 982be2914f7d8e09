import keras
import numpy as np

from keras_mobilevitv3.layers.conv_norm_act import EPSILON
from keras_mobilevitv3.models.model_traits import nested_layers


def fuse_batch_norm(model):
    """The same model with its batch normalizations folded into the convolutions before them, for inference.

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
    layers, copies = (list(nested_layers(network)) for network in (model, fused))
    for layer, copy in zip(layers, copies, strict=True):
        if not isinstance(layer, keras.Model):
            copy_folded(layer, copy)
    return fused


def with_fused_layers(config):
    """A copy of a config in which all layers that can be fused are."""
    if isinstance(config, dict):
        return {name: True if name == "fused" else with_fused_layers(value) for name, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(map(with_fused_layers, config))
    return config


def copy_folded(layer, copy):
    """Gives `copy`, which is `layer` but fused, the weights of `layer`."""
    if len(copy.weights) == len(layer.weights):  # nothing to fold, and its paths may begin with another model's name
        copy.set_weights(layer.get_weights())
        return
    values = {weight.path: keras.ops.convert_to_numpy(weight).astype("float64") for weight in layer.weights}
    for weight in copy.weights:
        convolution, _, name = weight.path.rpartition("/")
        norm = f"{convolution.rpartition('/')[0]}/norm"
        if convolution.endswith("/conv") and f"{norm}/moving_variance" in values:
            weight.assign(folded(values, convolution, norm)[name])
        else:
            weight.assign(values[weight.path])


def folded(values, convolution, norm):
    """Kernel and bias of a convolution that does what it does with the batch normalization behind it.

    Args:
        values: Dict of float64 arrays by the paths of the weights.
        convolution: Path of the convolution.
        norm: Path of the batch normalization.

    Returns:
        Dict of two arrays.
    """
    gamma, beta, mean, variance = (
        values[f"{norm}/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    kernel = values[f"{convolution}/kernel"]
    scale = gamma / np.sqrt(variance + EPSILON)
    bias = values.get(f"{convolution}/bias", 0.0)
    depthwise = kernel.shape[-1] == 1  # (k, k, C, 1) instead of (k, k, channels, C)
    return {"kernel": kernel * (scale[:, None] if depthwise else scale), "bias": (bias - mean) * scale + beta}
