"""The meaning of the outputs of a classifier, found from its last layers."""

from dataclasses import dataclass

import keras

from keras_mobilevitv3.array_types import Model

SOFTMAX, SIGMOID, LOGITS, FEATURES, UNKNOWN = "softmax", "sigmoid", "logits", "features", "unknown"
ACTIVATION_ARGUMENTS = (SOFTMAX, SIGMOID, "none", FEATURES)
# Class names of Keras layers and operations.
LAYERS_THAT_KEEP_THE_MEANING = (
    "Dropout",
    "Identity",
    "ActivityRegularization",
    "Cast",
    "Flatten",
    "Reshape",
    "Squeeze",
)
MEANING_AFTER_LAYER = {
    "Softmax": SOFTMAX,
    "Sigmoid": SIGMOID,
    **dict.fromkeys(
        [
            *(f"Global{kind}Pooling{rank}D" for kind in ("Average", "Max") for rank in (1, 2, 3)),
            *("BatchNormalization", "LayerNormalization", "UnitNormalization", "Concatenate", "ConvNormAct"),
        ],
        FEATURES,
    ),
}


@dataclass(frozen=True)
class ClassScores:
    """The meaning of the outputs of a classifier.

    Args:
        name: String, kind of the outputs: `"scores"` (probabilities), `"logits"` or `"features"`.
        activation: String, activation that turns the outputs into probabilities: `"softmax"`, `"sigmoid"`, or `"none"`
            for scores and features.
        several: Boolean, whether an image may have several labels. `False` for a single output, which is the logit or
            the probability of the second of two classes.
    """

    name: str
    activation: str
    several: bool


def class_scores(model: Model, activation: str | None = None) -> ClassScores:
    """Returns the meaning of the outputs of a classifier.

    Args:
        model: Functional or `Sequential` `keras.Model` with one output; may contain other models.
        activation: `"softmax"` or `"sigmoid"`, the activation that turns the outputs into probabilities; `"none"` if
            the outputs are probabilities; `"features"` if the outputs are features; or `None` to inspect the last
            layers. Defaults to `None`.

    Returns:
        `ClassScores`. With `activation=None`, logits of several classes are logits of a softmax.

    Raises:
        ValueError: If `activation` is not as stated, if `activation` contradicts the last layers, or if `activation` is
            `None` and the last layers do not tell the meaning of the outputs.
    """
    if activation not in (None, *ACTIVATION_ARGUMENTS):
        raise ValueError(
            f"`activation` must be one of {list(ACTIVATION_ARGUMENTS)} or None. Received: activation={activation!r}"
        )
    found, classes = meaning_of_outputs(model), model.outputs[0].shape[-1]
    if found == UNKNOWN and activation is None:
        raise ValueError(
            f"`activation` must be one of {list(ACTIVATION_ARGUMENTS)} for a model that ends in "
            f"{model.layers[-1].name!r}, because the meaning of the outputs is unknown. Received: activation=None"
        )
    allowed = ("none",) if found in (SOFTMAX, SIGMOID) else ACTIVATION_ARGUMENTS
    if activation not in (None, *allowed):
        raise ValueError(
            f"`activation` must be {' or '.join(map(repr, allowed))} or None for a model that ends in {found}. "
            f"Received: activation={activation!r}"
        )
    if FEATURES in (found, activation) and activation in (None, FEATURES):
        return ClassScores(FEATURES, "none", False)
    if activation is None:
        activation = "none" if found != LOGITS else SIGMOID if classes == 1 else SOFTMAX
    return ClassScores(
        "scores" if activation == "none" else LOGITS, activation, classes > 1 and SIGMOID in (found, activation)
    )


def meaning_of_outputs(model: Model) -> str:
    """Returns the meaning of the output of a model, found from the last layers.

    Args:
        model: Functional or `Sequential` `keras.Model` with one output; may contain other models.

    Returns:
        `"softmax"` or `"sigmoid"` if the outputs are probabilities of this activation, `"logits"` if the last layer has
        weights and no activation, `"features"` if the model is a feature extractor, or `"unknown"`.
    """
    if len(model.outputs[0].shape) != 2:
        return FEATURES
    return _meaning_of_tensor(model.outputs[0])


def _meaning_of_tensor(tensor):
    operation, node_index, tensor_index = tensor._keras_history
    if isinstance(operation, keras.Model):
        return _meaning_of_tensor(operation.outputs[tensor_index])
    kind = type(operation).__name__
    if hasattr(operation, "activation"):
        has_weights = any(weight.trainable or weight.name == "kernel" for weight in operation.weights)
        return _meaning_of_activation(operation.activation, has_weights, operation, node_index)
    if kind in MEANING_AFTER_LAYER:
        return MEANING_AFTER_LAYER[kind]
    if kind in LAYERS_THAT_KEEP_THE_MEANING:
        return _meaning_before(operation, node_index)
    return UNKNOWN


def _meaning_of_activation(activation, has_weights, operation, node_index):
    if activation in (keras.activations.softmax, keras.ops.softmax):
        return SOFTMAX
    if activation in (keras.activations.sigmoid, keras.ops.sigmoid):
        return SIGMOID
    if activation in (None, keras.activations.linear):
        return LOGITS if has_weights else _meaning_before(operation, node_index)
    return UNKNOWN


def _meaning_before(operation, node_index):
    (tensor,) = operation._inbound_nodes[node_index].input_tensors
    return _meaning_of_tensor(tensor)
