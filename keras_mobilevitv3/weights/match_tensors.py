"""Compares the tensors of a checkpoint with the weights of a model before any of them is touched."""

import math
from typing import NamedTuple

from keras_mobilevitv3.weights.errors import CheckpointError

MOST_NAMES = 20  # of each kind in a message


class LoadReport(NamedTuple):
    """What became of the tensors of a checkpoint and of the weights of a model.

    `loaded` and `skipped` are tuples of the names in the file; `skipped` are those of a head that the model lacks, or
    has with another number of classes. `kept` are names of weights of the model, in the manner of the file: those of a
    head for segmentation or detection that the file has nothing of.
    """

    loaded: tuple
    skipped: tuple
    kept: tuple = ()


def account(source, target, names, path):
    """Says which tensors of a checkpoint are to be loaded and which left out.

    Args:
        source: Dict from name to shape, the tensors of the file.
        target: Dict from name to shape, the weights of the model, in the layout of the file.
        names: `HeadNames`, the way in which the tensors are named.
        path: Path of the file, for the message.

    Returns:
        A `LoadReport`.

    Raises:
        CheckpointError: If anything else differs; the message lists what the file lacks, what the model lacks, and what
            has another shape, the first 20 names of each.
    """
    skipped = set()
    for prefix in names.optional:
        if not _below(prefix, target):
            skipped |= _below(prefix, source)
    for prefix in names.classifiers:
        if _other_classes(source, target, prefix):
            skipped |= _below(prefix, source)
    kept = set()
    if not any(_below(prefix, source) for prefix in names.heads):
        kept = {name for prefix in names.heads for name in _below(prefix, target)}
    missing = [name for name in target if name not in source and name not in kept]
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
        lines = [f"{title} ({len(names)}): {_shortened(names)}" for title, names in differences if names]
        raise CheckpointError("\n".join([f"{path} does not fit the model; nothing was loaded.", *lines]))
    return LoadReport(
        tuple(name for name in source if name not in skipped),
        tuple(name for name in source if name in skipped),
        tuple(name for name in target if name in kept),
    )


def _shortened(names):
    """The first names; a checkpoint of another network has hundreds that do not fit."""
    more = [f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return ", ".join([*names[:MOST_NAMES], *more])


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
