"""Compares the tensors of a checkpoint with the weights of a model before any of them is touched."""

import math

from keras_mobilevitv3.weights.errors import CheckpointError


def account(source, target, head_convolution, classifier, path):
    """Says which tensors of a checkpoint are to be loaded and which left out.

    Args:
        source: Dict from name to shape, the tensors of the file.
        target: Dict from name to shape, the weights of the model, in the layout of the file.
        head_convolution: String, how the names of the convolution before the classifier begin.
        classifier: String, how the names of the classifier begin.
        path: Path of the file, for the message.

    Returns:
        Pair of tuples of names of the file: to load, and to leave out. Left out are a head convolution and a classifier
        that the model lacks, and a classifier for another number of classes.

    Raises:
        CheckpointError: If anything else differs; the message lists what the file lacks, what the model lacks, and what
            has another shape.
    """
    skipped = set()
    for prefix in (head_convolution, classifier):
        if not _below(prefix, target):
            skipped |= _below(prefix, source)
    if _other_classes(source, target, classifier):
        skipped |= _below(classifier, source)
    missing = [name for name in target if name not in source]
    unexpected = [name for name in source if name not in target and name not in skipped]
    reshaped = [
        f"{name} ({shape} in the file, {target[name]} in the model)"
        for name, shape in source.items()
        if name in target and shape != target[name] and name not in skipped
    ]
    if missing or unexpected or reshaped:
        differences = (
            ("Weights of the model that the file lacks", missing),
            ("Tensors of the file that the model lacks", unexpected),
            ("Tensors of another shape", reshaped),
        )
        lines = [f"{title} ({len(names)}): {', '.join(names)}" for title, names in differences if names]
        raise CheckpointError("\n".join([f"{path} does not fit the model; nothing was loaded.", *lines]))
    return tuple(name for name in source if name not in skipped), tuple(name for name in source if name in skipped)


def _below(prefix, names):
    return {name for name in names if name.startswith((f"{prefix}.", f"{prefix}/"))}


def _other_classes(source, target, classifier):
    """Whether two classifiers differ in the number of classes and in nothing else."""
    names = _below(classifier, target)
    if names != _below(classifier, source) or len(names) != 2:
        return False
    sizes, target_sizes = (sorted(math.prod(shapes[name]) for name in names) for shapes in (source, target))
    classes, target_classes = sizes[0], target_sizes[0]
    return classes != target_classes and sizes[1] * target_classes == target_sizes[1] * classes
