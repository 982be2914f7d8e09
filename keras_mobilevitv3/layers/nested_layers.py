"""The layers and operations of a model, including the models nested in it."""

from collections.abc import Iterator

import keras

from keras_mobilevitv3.array_types import Model


def nested_layers(model: Model) -> Iterator[keras.Layer]:
    """Yields all layers of a model, including the layers of nested models."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from nested_layers(layer)


def nested_operations(model: Model) -> Iterator[keras.Operation]:
    """Yields all layers of a model and of nested models, and the operations between them, such as `images / 255`."""
    for operation in getattr(model, "operations", model.layers):
        yield operation
        if isinstance(operation, keras.Model):
            yield from nested_operations(operation)
