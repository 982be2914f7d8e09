"""Refuses to evaluate a head that no weights were loaded into."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keras_mobilevitv3.datasets import published_dataset


@contextmanager
def trained_head(weights: Any, classes: int | None = None) -> Iterator[None]:
    """Returns a context in which a model is built for an evaluation.

    Training may start from weights without the head, and then has a new head. An evaluation of that head would be
    meaningless.

    Args:
        weights: As `weights` of the model.
        classes: Integer, classes of a classifier, or `None` for a model whose head no classifier has. Defaults to
            `None`.

    Raises:
        ValueError: If the weights do not have the head of the model.
    """
    message = f"`weights` must have a head for the classes of the data set. Received: weights={str(weights)!r}"
    published = published_dataset(weights, "classifier")
    if published is not None and published.classes != classes:
        raise ValueError(message)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="(?s).*The head keeps")
        try:
            yield
        except UserWarning as warning:
            raise ValueError(f"{message}: {warning}") from warning
