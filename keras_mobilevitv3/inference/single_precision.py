"""Conversion of models from mixed or half precision to single precision, which every runtime supports."""

from typing import Any

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.inference.copied_weights import copy_weights
from keras_mobilevitv3.layers.composite_layer import sublayers

HALF_PRECISION_POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")


def in_single_precision(model: Model) -> Model:
    """Returns a model that computes in float32, with the same weights.

    Args:
        model: Built functional Keras model.

    Returns:
        `model` if all layers compute in float32, otherwise a copy, which is not compiled.
    """
    if not any(layer.compute_dtype in HALF_PRECISION_POLICIES for _, layer in sublayers(model)):
        return model
    copy = type(model).from_config(with_single_precision(model.get_config()))
    copy_weights(model, copy, fold=None)
    return copy


def with_single_precision(config: Any) -> Any:
    """Returns a copy of a config with the dtype policy `"float32"` in place of half and mixed precision."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy" and config["config"]["name"] in HALF_PRECISION_POLICIES:
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {
            name: "float32" if name == "dtype" and value in HALF_PRECISION_POLICIES else with_single_precision(value)
            for name, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(map(with_single_precision, config))
    return config
