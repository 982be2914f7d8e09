from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.blocks.mobilevit_block import MobileViTBlock
from keras_mobilevitv3.families import FAMILIES, Family
from keras_mobilevitv3.layers.nested_layers import nested_layers


def family_of(model: Model) -> Family | None:
    """Returns the family of the MobileViT blocks in a model or in nested models, or `None` without such blocks."""
    for layer in nested_layers(model):
        if isinstance(layer, MobileViTBlock):
            return FAMILIES[layer.attention]
    return None


def required_family_of(model: Model) -> Family:
    """Returns the family of a model, see `family_of`.

    Raises:
        ValueError: If the model has no MobileViT block.
    """
    family = family_of(model)
    if family is None:
        raise ValueError(f"`model` must hold MobileViT blocks. Received: model={model.name!r} without MobileViT blocks")
    return family
