import numpy as np


def as_probabilities(scores: np.ndarray, activation: str) -> np.ndarray:
    """Converts the outputs of a classifier or segmenter to probabilities.

    Args:
        scores: Float NumPy array of shape `(..., classes)`.
        activation: `"softmax"` or `"sigmoid"`, activation to apply, or `"none"` for outputs that are already
            probabilities.

    Returns:
        Float NumPy array of the shape of `scores`.
    """
    if activation == "none":
        return scores
    if activation == "sigmoid":
        return 0.5 + 0.5 * np.tanh(0.5 * scores)  # the sigmoid in a form that does not overflow
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
