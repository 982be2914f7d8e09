import math
from dataclasses import dataclass
from typing import Any

import keras

from keras_mobilevitv3.array_types import Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import is_integer
from keras_mobilevitv3.classification.classifier import build_classifier

DEFAULT_INPUT_SHAPE = (256, 256, 3)  # the input shape of the published figures
AUXILIARY_LAYERS = ("aux_conv", "aux_classifier")


@dataclass(frozen=True)
class StageProfile:
    """Cost of one stage.

    Args:
        name: String, `"stem"`, `"stage1"` ... `"stage5"`, `"aspp"`, `"psp"`, `"head"`, `"aux"` (the auxiliary head of
            a segmenter), or the name of another layer.
        output_shape: Tuple, shape of the last output of the stage for one image, without the batch axis.
        parameters: Integer, number of trainable parameters, including frozen ones, without moving statistics.
        multiply_adds: Integer, number of multiply-adds for one image, counted as in the published figures.
        executed_multiply_adds: Integer, number of multiply-adds of the executed matrix products for one image.
    """

    name: str
    output_shape: Shape
    parameters: int
    multiply_adds: int
    executed_multiply_adds: int


@dataclass(frozen=True)
class Profile:
    """Parameters and multiply-adds of a model, per stage and in total.

    The published figures multiply the number of weights and biases by the number of positions that use them. For any
    number of patches, they count each product of multi-head attention as a product with a `dim x dim` matrix.
    `executed_multiply_adds` counts the executed matrix products. With multi-head attention, this count is higher than
    the published one for few channels or large images.

    Args:
        name: String, name of the model.
        input_shape: Tuple `(height, width, channels)`.
        stages: Tuple of `StageProfile`, one for each stage.
    """

    name: str
    input_shape: tuple[int, ...]
    stages: tuple[StageProfile, ...]

    @property
    def parameters(self) -> int:
        """Integer, number of trainable parameters, including frozen ones."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def multiply_adds(self) -> int:
        """Integer, number of multiply-adds for one image, counted as in the published figures."""
        return sum(stage.multiply_adds for stage in self.stages)

    @property
    def executed_multiply_adds(self) -> int:
        """Integer, number of multiply-adds of the executed matrix products for one image."""
        return sum(stage.executed_multiply_adds for stage in self.stages)

    def __str__(self):
        rows: list[tuple[str, str, StageProfile | Profile]] = [
            (stage.name, "x".join(map(str, stage.output_shape)), stage) for stage in self.stages
        ]
        rows.append(("total", "", self))
        width = max(12, *(len(stage.name) + 2 for stage in self.stages))
        lines = [f"{self.name} at {'x'.join(map(str, self.input_shape))}"]
        lines.append(f"{'stage':<{width}}{'output':>14}{'parameters':>14}{'MACs (M)':>12}{'executed (M)':>14}")
        for name, shape, row in rows:
            lines.append(
                f"{name:<{width}}{shape:>14}{row.parameters:>14,}"
                f"{row.multiply_adds / 1e6:>12.2f}{row.executed_multiply_adds / 1e6:>14.2f}"
            )
        return "\n".join(lines)


def _default_shape(model_or_variant):
    known = model_or_variant.inputs[0].shape[1:] if isinstance(model_or_variant, keras.Model) else ()
    return tuple(side or default for side, default in zip(known, DEFAULT_INPUT_SHAPE)) or DEFAULT_INPUT_SHAPE


def profile(model_or_variant: str | BackboneConfig | Model, input_shape: tuple[int, ...] | None = None) -> Profile:
    """Counts the parameters and multiply-adds of a model from its layers.

    Normalizations, activations, pooling, resizing and other elementwise operations do not count. The parameters of an
    auxiliary head count, but its multiply-adds do not, because it runs in training only. Frozen layers count like other
    layers.

    Args:
        model_or_variant: Model of this package, or a functional or `Sequential` model made of such a model and `Dense`
            layers. For an id or a `BackboneConfig`, the function profiles a classifier with 1000 classes.
        input_shape: Tuple `(height, width, channels)` of integers. Defaults to `None`: the input shape of the model,
            or `(256, 256, 3)` for an id or for sizes that the model does not fix.

    Returns:
        A `Profile`. `print` shows the profile as a table.

    Raises:
        ValueError: If the id is not in the table, `input_shape` is invalid, or the model has weights in layers of
            unknown cost.
    """
    shape = _default_shape(model_or_variant) if input_shape is None else input_shape
    shape = tuple(shape) if isinstance(shape, tuple | list) else ()
    if len(shape) != 3 or not all(is_integer(side) and side > 0 for side in shape):
        raise ValueError(f"`input_shape` must be three positive integers. Received: input_shape={input_shape}")
    if isinstance(model_or_variant, keras.Model):
        model = model_or_variant
        calls: list[tuple[Any, Any, Any]] = []
        _record_calls(model, shape, calls)
    else:
        find_config(model_or_variant, "model_or_variant")
        model = build_classifier(model_or_variant, weights=None, input_shape=shape)
        calls = [(layer, layer.input, layer.output) for layer in model.layers if layer.trainable_weights]
    stages: dict[str, StageProfile] = {}
    for layer, inputs, outputs in calls:
        layer_shape = (1, *inputs.shape[1:])
        row = StageProfile(
            _stage_name(layer),
            tuple(outputs.shape[1:]),
            sum(math.prod(weight.shape) for weight in layer.trainable_weights),
            _multiply_adds(layer, layer_shape, published=True),
            _multiply_adds(layer, layer_shape, published=False),
        )
        stages[row.name] = _sum_of_rows(stages.get(row.name), row)
    return Profile(model.name, shape, tuple(stages.values()))


def _record_calls(model, shape, calls):
    """Calls the layers of a model and of nested models with another input shape, and records the calls.

    Args:
        model: `keras.Model`. The function clones the model and discards the cloned weights.
        shape: Tuple, shape of the input without the batch axis.
        calls: List to append to. Each call of a layer with parameters adds a tuple of an unfrozen clone of the layer,
            its inputs and its outputs.
    """

    def call(layer, inputs, *args, **kwargs):
        outputs = layer(inputs, *args, **kwargs)
        if isinstance(layer, keras.Model):
            _record_calls(layer, inputs.shape[1:], calls)
        elif isinstance(layer, keras.Layer):  # operations between layers, such as a slice, have no weights
            layer.trainable = True  # a frozen layer has the same cost
            if layer.trainable_weights:
                calls.append((layer, inputs, outputs))
        return outputs

    outputs = keras.Input(shape)
    if not isinstance(model, keras.Sequential):
        keras.models.clone_model(model, input_tensors=outputs, call_function=call)
        return
    for layer in model.layers:
        outputs = call(type(layer).from_config(layer.get_config()), outputs)


def _stage_name(layer):
    if layer.name in ("head_conv", "predictions", "classifier"):
        return "head"
    if layer.name in AUXILIARY_LAYERS:
        return "aux"
    return layer.name.split("_block")[0]


def _multiply_adds(layer, input_shape, published):
    if layer.name in AUXILIARY_LAYERS:
        return 0
    if isinstance(layer, keras.layers.Dense):
        bias = 1 if layer.use_bias and published else 0
        return math.prod(input_shape[:-1]) * layer.units * (input_shape[-1] + bias)
    if not hasattr(layer, "multiply_adds"):
        raise ValueError(
            "`model_or_variant` must be made of layers of this package and `Dense` layers. "
            f"Received: layer {layer.name!r} of class {type(layer).__name__}"
        )
    return layer.multiply_adds(input_shape, published)


def _sum_of_rows(previous, row):
    if previous is None:
        return row
    return StageProfile(
        row.name,
        row.output_shape,
        previous.parameters + row.parameters,
        previous.multiply_adds + row.multiply_adds,
        previous.executed_multiply_adds + row.executed_multiply_adds,
    )
