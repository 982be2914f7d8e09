"""Computes class weights, with which rare classes count as much as frequent classes."""

from dataclasses import replace

import numpy as np

from training.batches.config import DataConfig
from training.sources.source import Source


def with_class_weights(config: DataConfig, source: Source) -> DataConfig:
    """Returns a config with the `class_weights` of a data set, if `balance_classes` of the config is `True`.

    A class with `count` samples gets the weight `samples / (classes * count)`. The mean weight of all samples is 1.

    Args:
        config: `DataConfig`.
        source: `Source` of training. Its attribute `labels` must be an integer array.

    Raises:
        ValueError: If the labels are not known, or a class has no sample.
    """
    if not config.balance_classes:
        return config
    labels = getattr(source, "labels", None)
    if not isinstance(labels, np.ndarray) or labels.ndim != 1:
        raise ValueError(
            "`balance_classes` needs a data set with one label per image, known without reading the images. "
            f"Received: a {type(source).__name__}"
        )
    counts = np.bincount(labels, minlength=len(source.class_names))
    empty = [name for name, count in zip(source.class_names, counts) if not count]
    if empty:
        raise ValueError(f"`balance_classes` needs samples of each class. Received: none of {', '.join(empty)}")
    return replace(config, class_weights=tuple((len(labels) / (len(counts) * counts)).tolist()))
