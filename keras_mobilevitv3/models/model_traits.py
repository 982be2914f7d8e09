"""What a model is, told by its layers."""

import keras

from keras_mobilevitv3.blocks import MobileViTBlock


def nested_layers(model):
    """All layers, those of models inside the model too."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from nested_layers(layer)


def attention_of(model):
    """The kind of attention, which tells the family, or `None` if the model has no MobileViT block."""
    blocks = (layer for layer in nested_layers(model) if isinstance(layer, MobileViTBlock))
    return next((block.attention for block in blocks), None)


def scales_pixels(model):
    """Whether a model takes pixel values 0-255, and not 0-1."""
    return any(isinstance(layer, keras.layers.Rescaling) for layer in nested_layers(model))


def from_pixels(model, images):
    """Images of pixel values 0-255, an array or a tensor of floats, as the model takes them."""
    return images if scales_pixels(model) else images / 255.0
