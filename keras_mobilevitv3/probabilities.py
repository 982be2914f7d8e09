import numpy as np


def as_probabilities(scores, activation):
    """Outputs of a classifier, or of a segmenter for each pixel, as probabilities.

    Args:
        scores: NumPy array of shape `(..., classes)`.
        activation: `"softmax"` or `"sigmoid"`, to apply; or `"none"`, as the outputs are probabilities already.

    Returns:
        NumPy array of the shape of `scores`.
    """
    if activation == "none":
        return scores
    if activation == "sigmoid":
        return 0.5 + 0.5 * np.tanh(0.5 * scores)  # without overflow
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
