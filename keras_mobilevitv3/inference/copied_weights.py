"""Weights of a model for a copy of it that differs in how it is built."""

import keras

from keras_mobilevitv3.layers.adapted_kernels import has_lora, merged_kernel, weight_values
from keras_mobilevitv3.layers.composite_layer import sublayers
from keras_mobilevitv3.layers.nested_layers import nested_layers


def copy_weights(model, copy, fold):
    """Gives a copy of a model, with the same layers, the weights of the model.

    Args:
        model: Keras model.
        copy: Keras model. Its layers may lack LoRA weights, which are then merged into the kernels, and the batch
            normalizations of convolutions.
        fold: Function from the weights of a convolution and those of the batch normalization behind it, dicts of
            float64 arrays by name, to the weights of the convolution that does both.
    """
    layers, copies = (list(nested_layers(network)) for network in (model, copy))
    for layer, its_copy in zip(layers, copies, strict=True):
        if isinstance(layer, keras.Model):
            continue
        kinds = [[(weight.name, weight.shape) for weight in one.weights] for one in (layer, its_copy)]
        if kinds[0] == kinds[1] and not any(has_lora(part) for _, part in [("", layer), *sublayers(layer)]):
            its_copy.set_weights(layer.get_weights())  # also where a name is used twice
        else:
            _copy_sublayers(layer, its_copy, fold)


def _copy_sublayers(layer, copy, fold):
    """By the names of sublayers: paths of weights may begin with the name of another model."""
    parts, copies = ({"": one, **dict(sublayers(one))} for one in (layer, copy))
    for name, part in copies.items():
        if any(True for _ in sublayers(part)):
            continue  # the weights are those of its sublayers
        values = weight_values(parts[name])
        if has_lora(part):
            part.lora_alpha = parts[name].lora_alpha  # `build` of Keras sets that of a dense layer to the rank
        if has_lora(parts[name]) and not has_lora(part):
            values["kernel"] = merged_kernel(parts[name])
        norm = f"{name.rpartition('/')[0]}/norm".removeprefix("/")
        if name.rpartition("/")[2] == "conv" and norm in parts and norm not in copies:
            values = fold(values, weight_values(parts[norm]))
        for weight in part.weights:
            weight.assign(values[weight.name])
