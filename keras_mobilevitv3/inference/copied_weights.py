"""Copying of weights between two models that have the same layers, except for batch normalizations and LoRA weights."""

from collections.abc import Callable

import keras

from keras_mobilevitv3.array_types import Model, Tensor
from keras_mobilevitv3.layers.adapted_kernels import has_lora, merged_kernel, weight_values
from keras_mobilevitv3.layers.composite_layer import sublayers
from keras_mobilevitv3.layers.nested_layers import nested_layers


def copy_weights(
    model: Model, copy: Model, fold: Callable[[dict[str, Tensor], dict[str, Tensor]], dict[str, Tensor]] | None
) -> None:
    """Copies the weights of a model to a model with the same layers.

    Args:
        model: Keras model, the source.
        copy: Keras model, the target. Layers of `copy` may lack LoRA weights: LoRA weights of `model` are merged into
            the kernels. Convolutions of `copy` may lack their batch normalization: `fold` merges the weights.
        fold: Function that takes the weights of a convolution and of the batch normalization after the convolution, as
            dicts from name to float64 array. The function returns such a dict for a convolution that computes both.
            `None` if no layer of `copy` lacks a batch normalization.
    """
    pairs = zip(nested_layers(model), nested_layers(copy), strict=True)
    for source, target in pairs:
        if isinstance(source, keras.Model):
            continue
        source_weights, target_weights = (
            [(weight.name, weight.shape) for weight in layer.weights] for layer in (source, target)
        )
        if source_weights == target_weights and not any(
            has_lora(layer) for _, layer in [("", source), *sublayers(source)]
        ):
            target.set_weights(source.get_weights())  # by position: two weights of a layer may have the same name
        else:
            _copy_sublayers(source, target, fold)


def _copy_sublayers(source, target, fold):
    """Copies weights by the names of sublayers. Paths of weights may begin with the name of another model."""
    sources, targets = ({"": layer, **dict(sublayers(layer))} for layer in (source, target))
    for name, layer in targets.items():
        if any(True for _ in sublayers(layer)):
            continue  # the sublayers hold the weights
        values = weight_values(sources[name])
        if has_lora(layer):
            layer.lora_alpha = sources[name].lora_alpha  # `keras.layers.Dense.build` resets `lora_alpha` to the rank
        if has_lora(sources[name]) and not has_lora(layer):
            values["kernel"] = merged_kernel(sources[name])
        norm = f"{name.rpartition('/')[0]}/norm".removeprefix("/")
        if name.rpartition("/")[2] == "conv" and norm in sources and norm not in targets:
            values = fold(values, weight_values(sources[norm]))
        for weight in layer.weights:
            weight.assign(values[weight.name])
