"""Models of mixed or half precision in single precision, which every runtime computes in."""

from keras_mobilevitv3.inference.copied_weights import copy_weights
from keras_mobilevitv3.layers.composite_layer import sublayers

HALF = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")


def in_single_precision(model):
    """A copy of a model that computes in float32, with the same weights; the model itself if it does so already.

    Args:
        model: Built functional Keras model.

    Returns:
        A Keras model, not compiled.
    """
    if not any(layer.compute_dtype in HALF for _, layer in sublayers(model)):
        return model
    copy = type(model).from_config(with_single_precision(model.get_config()))
    copy_weights(model, copy, fold=None)
    return copy


def with_single_precision(config):
    """A copy of a config in which the policies of half and mixed precision are `"float32"`."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy" and config["config"]["name"] in HALF:
            return {**config, "config": {**config["config"], "name": "float32"}}
        return {
            name: "float32" if name == "dtype" and value in HALF else with_single_precision(value)
            for name, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(map(with_single_precision, config))
    return config
