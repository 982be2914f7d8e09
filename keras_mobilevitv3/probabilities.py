import numpy as np


def as_probabilities(scores: np.ndarray, activation: str) -> np.ndarray:
    """Converts the outputs of a classifier, or of a segmenter for each pixel, to probabilities.

    Args:
        scores: NumPy array of shape `(..., classes)`.
        activation: `"softmax"` or `"sigmoid"` to apply, or `"none"` if the outputs are already probabilities.

    Returns:
        NumPy array of the shape of `scores`.
    """
    if activation == "none":
        return scores
    if activation == "sigmoid":
        return 0.5 + 0.5 * np.tanh(0.5 * scores)  # does not overflow
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
