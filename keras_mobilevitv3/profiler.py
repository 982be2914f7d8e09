import math
from dataclasses import dataclass

import keras

from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import is_integer
from keras_mobilevitv3.classification.classifier import build_classifier

DEFAULT_SHAPE = (256, 256, 3)  # at which the published figures are counted
AUXILIARY_LAYERS = ("aux_conv", "aux_classifier")


@dataclass(frozen=True)
class StageProfile:
    """Cost of one stage.

    Args:
        name: String, `"stem"`, `"stage1"` ... `"stage5"`, `"aspp"`, `"psp"`, `"head"`, `"aux"` (the auxiliary head of
            a segmenter), or the name of another layer.
        output_shape: Tuple, shape of the last output of the stage for one image, without the batch.
        parameters: Integer, parameters that training changes unless they are frozen: no moving statistics.
        multiply_adds: Integer, for one image, counted as the published figures are.
        executed_multiply_adds: Integer, multiply-adds of the matrix products that run for one image.
    """

    name: str
    output_shape: tuple
    parameters: int
    multiply_adds: int
    executed_multiply_adds: int


@dataclass(frozen=True)
class Profile:
    """Parameters and multiply-adds of a model, per stage and in total.

    The published figures count every weight and bias times the positions it is used at, and each product of multi-head
    attention as one with a `dim x dim` matrix, whatever the number of patches. `executed_multiply_adds` counts the
    matrix products that really run: with multi-head attention more than published at few channels, or on large images.

    Args:
        name: String, name of the model.
        input_shape: Tuple `(height, width, channels)`.
        stages: Tuple of `StageProfile`.
    """

    name: str
    input_shape: tuple
    stages: tuple

    @property
    def parameters(self):
        """Integer, parameters that training changes unless they are frozen."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def multiply_adds(self):
        """Integer, for one image, counted as the published figures are."""
        return sum(stage.multiply_adds for stage in self.stages)

    @property
    def executed_multiply_adds(self):
        """Integer, multiply-adds of the matrix products that run for one image."""
        return sum(stage.executed_multiply_adds for stage in self.stages)

    def __str__(self):
        rows = [(stage.name, "x".join(map(str, stage.output_shape)), stage) for stage in (*self.stages,)]
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
    return tuple(side or default for side, default in zip(known, DEFAULT_SHAPE)) or DEFAULT_SHAPE


def profile(model_or_variant, input_shape=None):
    """Counts the parameters and multiply-adds of a model from its layers.

    Norms, activations, pooling, resizing and other elementwise work count nothing. The parameters of an auxiliary head
    count, its multiply-adds do not: it runs in training only. Frozen layers count as others do.

    Args:
        model_or_variant: Model of this package, or a functional or `Sequential` model that holds one and `Dense`
            layers; or an id or `BackboneConfig`, which stands for its classifier of 1000 classes.
        input_shape: Tuple `(height, width, channels)` of integers. Defaults to `None`: that of the model, or for an id
            or a model of any size `(256, 256, 3)`.

    Returns:
        A `Profile`; `print` shows it as a table.

    Raises:
        ValueError: If the id is not in the table, `input_shape` is not as stated, or the model has weights in layers
            whose cost is not known.
    """
    shape = _default_shape(model_or_variant) if input_shape is None else input_shape
    shape = tuple(shape) if isinstance(shape, tuple | list) else ()
    if len(shape) != 3 or not all(is_integer(side) and side > 0 for side in shape):
        raise ValueError(f"`input_shape` must be three positive integers. Received: input_shape={input_shape}")
    if isinstance(model_or_variant, keras.Model):
        model, calls = model_or_variant, []
        _run(model, shape, calls)
    else:
        find_config(model_or_variant, "model_or_variant")
        model = build_classifier(model_or_variant, weights=None, input_shape=shape)
        calls = [(layer, layer.input, layer.output) for layer in model.layers if layer.trainable_weights]
    stages = {}
    for layer, inputs, outputs in calls:
        layer_shape = (1, *inputs.shape[1:])
        row = StageProfile(
            _stage(layer),
            tuple(outputs.shape[1:]),
            sum(math.prod(weight.shape) for weight in layer.trainable_weights),
            _multiply_adds(layer, layer_shape, published=True),
            _multiply_adds(layer, layer_shape, published=False),
        )
        stages[row.name] = _add(stages.get(row.name), row)
    return Profile(model.name, shape, tuple(stages.values()))


def _run(model, shape, calls):
    """Runs through a model, and models inside of it, with another shape of the input, layer by layer.

    Args:
        model: `keras.Model`. It is cloned, and the cloned weights are thrown away.
        shape: Tuple, shape of the input without the batch.
        calls: List that gets a tuple for each call of a layer with parameters: an unfrozen clone of the layer, what it
            takes, and what it gives.
    """

    def call(layer, inputs, *args, **kwargs):
        outputs = layer(inputs, *args, **kwargs)
        if isinstance(layer, keras.Model):
            _run(layer, inputs.shape[1:], calls)
        elif isinstance(layer, keras.Layer):  # not an operation between layers, such as a slice
            layer.trainable = True  # freezing changes no cost
            if layer.trainable_weights:
                calls.append((layer, inputs, outputs))
        return outputs

    outputs = keras.Input(shape)
    if not isinstance(model, keras.Sequential):
        keras.models.clone_model(model, input_tensors=outputs, call_function=call)
        return
    for layer in model.layers:
        outputs = call(type(layer).from_config(layer.get_config()), outputs)


def _stage(layer):
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


def _add(previous, row):
    if previous is None:
        return row
    return StageProfile(
        row.name,
        row.output_shape,
        previous.parameters + row.parameters,
        previous.multiply_adds + row.multiply_adds,
        previous.executed_multiply_adds + row.executed_multiply_adds,
    )
