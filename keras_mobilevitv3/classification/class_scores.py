"""What the outputs of a classifier mean, whoever built its last layers."""

from dataclasses import dataclass

import keras

SOFTMAX, SIGMOID, LOGITS, FEATURES, UNKNOWN = "softmax", "sigmoid", "logits", "features", "unknown"
GIVEN = (SOFTMAX, SIGMOID, "none", FEATURES)  # that a user can say
# Layers and operations that change no meaning, those that give scores, and those that give features.
PASSING = ("Dropout", "Identity", "ActivityRegularization", "Cast", "Flatten", "Reshape", "Squeeze")
MEANINGS = {
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
    """What is known of the outputs of a classifier.

    Args:
        name: String, what they are: `"scores"` (probabilities), `"logits"` or `"features"`.
        activation: String, what makes probabilities of them: `"softmax"`, `"sigmoid"`, or `"none"` of scores.
        several: Boolean, whether an image may have several labels. Of a single output, the logit or the probability of
            the second of two classes, it is `False`.
    """

    name: str
    activation: str
    several: bool


def class_scores(model, activation=None):
    """What the outputs of a classifier are.

    Args:
        model: As in `activation_of`.
        activation: `"softmax"` or `"sigmoid"`, which makes probabilities of the outputs; `"none"`, if they are
            probabilities; `"features"`, if they are none at all; or `None` for what the last layers tell. Defaults to
            `None`.

    Returns:
        `ClassScores`. Logits of several classes are taken as those of a softmax unless `activation` says otherwise.

    Raises:
        ValueError: If `activation` is none of these, contradicts the last layers, or is missing where they do not tell.
    """
    if activation not in (None, *GIVEN):
        raise ValueError(f"`activation` must be one of {list(GIVEN)} or None. Received: activation={activation!r}")
    found, classes = activation_of(model), model.outputs[0].shape[-1]
    if found == UNKNOWN and activation is None:
        raise ValueError(
            f"`activation` must be one of {list(GIVEN)} for a model that ends in {model.layers[-1].name!r}, which does "
            "not tell what its outputs are: what makes probabilities of them. Received: activation=None"
        )
    allowed = {SOFTMAX: ("none",), SIGMOID: ("none",), LOGITS: GIVEN, FEATURES: GIVEN, UNKNOWN: GIVEN}[found]
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


def activation_of(model):
    """What stands at the end of a model with one output.

    Args:
        model: Functional or `Sequential` `keras.Model`, also with models inside.

    Returns:
        `"softmax"` or `"sigmoid"`, if the outputs are such probabilities; `"logits"`, of a last layer with weights
        and without an activation; `"features"`, of a feature extractor; or `"unknown"`.
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
    if kind in MEANINGS:
        return MEANINGS[kind]
    if kind in PASSING:
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
