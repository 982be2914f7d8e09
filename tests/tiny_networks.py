"""Networks of every kind that build in a moment."""

from dataclasses import replace

from keras_mobilevitv3 import BackboneConfig, build_classifier

MULTI_HEAD = BackboneConfig(
    stem_filters=4,
    filters=(4, 6, 8, 10, 12),
    num_blocks=(1, 2),
    attention="multi_head",
    attention_dims=(8, 12, 16),
    attention_depths=(1, 2, 1),
    expand_ratio=2,
    head_filters=20,
    num_heads=2,
)
TINY = {
    "multi_head": MULTI_HEAD,
    "separable": replace(MULTI_HEAD, attention="separable", head_filters=None, initialization="pytorch_uniform"),
}
# The least that has a block of each kind.
SHALLOW = {name: replace(config, num_blocks=(1, 1), attention_depths=(1, 1, 1)) for name, config in TINY.items()}


def tiny_classifier(attention, **kwargs):
    """A classifier of five classes with random weights, unless `kwargs` say otherwise."""
    return build_classifier(SHALLOW[attention], **{"weights": None, "classes": 5, **kwargs})
