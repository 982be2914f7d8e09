"""Class names of data sets."""

CLASS_NAMES = {
    "digits": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}


def class_names(dataset):
    """Returns the class names of a data set, in the order of its labels.

    Args:
        dataset: String, `"digits"`: the handwritten digits of scikit-learn.

    Returns:
        Tuple of strings.
    """
    if dataset not in CLASS_NAMES:
        raise ValueError(f"`dataset` must be one of {list(CLASS_NAMES)}. Received: dataset={dataset!r}")
    return CLASS_NAMES[dataset]
