"""The layers and operations of a model, also of the models inside it."""

import keras


def nested_layers(model):
    """All layers, those of models inside the model too."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from nested_layers(layer)


def nested_operations(model):
    """As `nested_layers`, with the operations between the layers of functional models, such as `images / 255`."""
    for operation in getattr(model, "operations", model.layers):
        yield operation
        if isinstance(operation, keras.Model):
            yield from nested_operations(operation)
