"""Networks of every kind that build in a moment."""

from keras_mobilevitv3 import BackboneConfig, build_classifier

TINY = {
    "multi_head": BackboneConfig(
        stem_filters=4,
        filters=(4, 6, 8, 10, 12),
        num_blocks=(1, 2),
        attention="multi_head",
        attention_dims=(8, 12, 16),
        attention_depths=(1, 2, 1),
        expand_ratio=2,
        head_filters=20,
        num_heads=2,
    ),
    "separable": BackboneConfig(
        stem_filters=4,
        filters=(4, 6, 8, 10, 12),
        num_blocks=(1, 2),
        attention="separable",
        attention_dims=(8, 12, 16),
        attention_depths=(1, 2, 1),
        expand_ratio=2,
        initialization="pytorch_uniform",
    ),
}


def tiny_classifier(attention, **kwargs):
    """A classifier of five classes with random weights, unless `kwargs` say otherwise."""
    return build_classifier(TINY[attention], **{"weights": None, "classes": 5, **kwargs})
