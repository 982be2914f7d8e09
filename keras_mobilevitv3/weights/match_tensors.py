"""Matches the tensors of a checkpoint with the weights of a model, before any weight changes."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.official_names.head_names import HeadNames

MAX_NAMES_IN_MESSAGE = 20


class LoadReport(NamedTuple):
    """Report of a loaded checkpoint.

    Args:
        loaded: Tuple of strings, names in the file of the loaded tensors.
        skipped: Tuple of strings, names in the file of the tensors that were left out. They belong to a head that the
            model lacks, or that has another number of classes in the model.
        kept: Tuple of strings, names of the weights that kept their values, as the file would name them. They belong to
            a head for segmentation or detection that the file lacks. Defaults to `()`.
    """

    loaded: tuple[str, ...]
    skipped: tuple[str, ...]
    kept: tuple[str, ...] = ()


def match_tensors(
    source: Mapping[str, tuple[int, ...]],
    target: Mapping[str, tuple[int, ...]],
    names: HeadNames,
    path: FilePath,
) -> LoadReport:
    """Decides which tensors of a checkpoint to load and which to leave out.

    Args:
        source: Dict from name to shape, the tensors of the file.
        target: Dict from name to shape, the weights of the model, with the names and layouts of the file.
        names: `HeadNames` of the naming scheme of the file.
        path: Path of the file, for the error message.

    Returns:
        A `LoadReport`.

    Raises:
        CheckpointError: If any other tensor or weight has no counterpart of the same shape. The message lists the
            weights that the file lacks, the tensors that the model lacks, and the tensors with another shape, with at
            most 20 names each.
    """
    skipped = set()
    for prefix in names.optional:
        if not _names_below(prefix, target):
            skipped |= _names_below(prefix, source)
    for prefix in names.classifiers:
        if _differ_only_in_classes(source, target, prefix):
            skipped |= _names_below(prefix, source)
    kept = set()
    if not any(_names_below(prefix, source) for prefix in names.heads):
        kept = {name for prefix in names.heads for name in _names_below(prefix, target)}
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
        lines = [f"{title} ({len(listed)}): {_shortened(listed)}" for title, listed in differences if listed]
        raise CheckpointError("\n".join([f"{path} does not fit the model; nothing was loaded.", *lines]))
    return LoadReport(
        tuple(name for name in source if name not in skipped),
        tuple(name for name in source if name in skipped),
        tuple(name for name in target if name in kept),
    )


def _shortened(names):
    """Joins the first names. A checkpoint of another network has hundreds of different names."""
    more = [f"and {len(names) - MAX_NAMES_IN_MESSAGE} more"] if len(names) > MAX_NAMES_IN_MESSAGE else []
    return ", ".join([*names[:MAX_NAMES_IN_MESSAGE], *more])


def _names_below(prefix, names):
    """Returns the set of names inside a layer: those that begin with the prefix and a separator."""
    return {name for name in names if name.startswith((f"{prefix}.", f"{prefix}/"))}


def _differ_only_in_classes(source, target, classifier):
    """Returns whether two classifiers differ only in the number of classes."""
    names = _names_below(classifier, target)
    if names != _names_below(classifier, source) or len(names) != 2:
        return False
    sizes, target_sizes = (sorted(math.prod(shapes[name]) for name in names) for shapes in (source, target))
    classes, target_classes = sizes[0], target_sizes[0]
    return classes != target_classes and sizes[1] * target_classes == target_sizes[1] * classes
