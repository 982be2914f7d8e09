"""Variants in the configs of models: an id as it is, a `BackboneConfig` as a dict for JSON."""

from dataclasses import asdict

from keras_mobilevitv3.backbones.config import BackboneConfig


def serialize_variant(variant):
    """Returns the id, or a dict of the fields of a `BackboneConfig`, with lists for tuples."""
    if not isinstance(variant, BackboneConfig):
        return variant
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(variant).items()}


def deserialize_variant(variant):
    """Returns what `serialize_variant` was given; an id and a `BackboneConfig` stay as they are."""
    if not isinstance(variant, dict):
        return variant
    return BackboneConfig(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in variant.items()}
    )
