from keras_mobilevitv3.blocks.mobilevit_block import MobileViTBlock
from keras_mobilevitv3.families import FAMILIES, Family
from keras_mobilevitv3.layers.nested_layers import nested_layers


def family_of(model) -> Family | None:
    """The family of a model, from its MobileViT blocks, also those in models inside it; `None` without such blocks."""
    for layer in nested_layers(model):
        if isinstance(layer, MobileViTBlock):
            return FAMILIES[layer.attention]
    return None
