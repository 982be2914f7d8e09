import keras

from keras_mobilevitv3.layers.unbiased_batch_normalization import UnbiasedBatchNormalization


def synchronize_batch_norm(model, sum_over_replicas):
    """Makes all batch normalizations of a model, nested ones included, use the statistics of all replicas.

    Args:
        model: Keras model or layer.
        sum_over_replicas: Function, see `Strategy.sum_over_replicas`.

    Returns:
        Integer, the number of batch normalizations.
    """
    found = {id(layer): layer for layer in _sublayers(model) if isinstance(layer, UnbiasedBatchNormalization)}
    for layer in found.values():
        layer.sum_over_replicas = sum_over_replicas
    return len(found)


def _sublayers(layer, seen=None):
    """Yields a layer and its sublayers of any depth, each once. Sublayers are in attributes or in lists."""
    seen = set() if seen is None else seen
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield layer
    for value in [*vars(layer).values(), *getattr(layer, "layers", [])]:
        for each in value if isinstance(value, list | tuple) else [value]:
            if isinstance(each, keras.Layer):
                yield from _sublayers(each, seen)
