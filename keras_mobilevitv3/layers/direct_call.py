"""Tells where the `call` method of a sublayer does all that calling the sublayer does."""

import keras

from keras_mobilevitv3.array_types import Tensor

TORCH_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def needs_call_only(layer: keras.Layer, inputs: Tensor, policy: keras.DTypePolicy) -> bool:
    """Returns whether `layer.call(inputs)` has the results and effects of `layer(inputs)`.

    This is so for a built layer that is not quantized, has no LoRA weights, casts nothing, adds no loss, and has no
    hooks of PyTorch, if the inputs have the right shape.

    Args:
        layer: Keras layer, on PyTorch.
        inputs: Tensor in the compute dtype of `policy`.
        policy: Dtype policy of the layer that calls `layer`.

    Returns:
        Boolean.
    """
    settings = vars(layer)
    return (
        layer.built
        and not isinstance(inputs, keras.KerasTensor)
        and layer.dtype_policy == policy  # a quantized layer has another policy
        and policy.compute_dtype == policy.variable_dtype
        and not settings.get("lora_enabled")
        and layer.activity_regularizer is None
        and not settings["_remat_mode"]
        and not any(settings[name] for name in TORCH_HOOKS)
        and _fits(layer.input_spec, inputs.shape)
    )


def _fits(spec, shape):
    """Returns whether a shape is known to agree with the `InputSpec` of a layer."""
    if spec is None:
        return True
    fits_rank = spec.ndim in (None, len(shape)) and len(shape) >= (spec.min_ndim or 0)
    sizes = [(shape[axis], size) for axis, size in spec.axes.items() if size is not None]
    # While PyTorch traces for ONNX, the sizes are tensors.
    return fits_rank and all(isinstance(found, int) and found == size for found, size in sizes)
