"""What a model is, told by its layers."""

from keras_mobilevitv3.blocks import MobileViTBlock
from keras_mobilevitv3.layers.nested_layers import nested_layers


def attention_of(model):
    """The kind of attention, which tells the family, or `None` if the model has no MobileViT block."""
    blocks = (layer for layer in nested_layers(model) if isinstance(layer, MobileViTBlock))
    return next((block.attention for block in blocks), None)
