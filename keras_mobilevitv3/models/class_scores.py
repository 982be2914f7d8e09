"""What the outputs of a classifier mean, whoever built its last layers."""

import keras
import numpy as np

SOFTMAX, SIGMOID, LOGITS, FEATURES, UNKNOWN = "softmax", "sigmoid", "logits", "features", "unknown"
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


def as_probabilities(scores, activation):
    """Outputs of a classifier as probabilities.

    Args:
        scores: NumPy array of shape `(batch, classes)`.
        activation: `"softmax"` or `"sigmoid"`, to apply; or `"none"`, as the outputs are probabilities already.

    Returns:
        NumPy array of the shape of `scores`.
    """
    if activation == "none":
        return scores
    if activation == "sigmoid":
        return 0.5 + 0.5 * np.tanh(0.5 * scores)  # without overflow
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
