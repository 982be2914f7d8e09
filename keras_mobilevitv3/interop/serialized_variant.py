"""Serialization of the `variant` argument in model configs: ids as strings, a `BackboneConfig` as a JSON dict."""

from dataclasses import asdict
from typing import Any

from keras_mobilevitv3.backbones.config import BackboneConfig


def serialize_variant(variant: str | BackboneConfig) -> str | dict[str, Any]:
    """Returns an id unchanged, or a `BackboneConfig` as a dict of its fields, with lists instead of tuples."""
    if not isinstance(variant, BackboneConfig):
        return variant
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(variant).items()}


def deserialize_variant(variant: str | BackboneConfig | dict[str, Any]) -> str | BackboneConfig:
    """Returns the `BackboneConfig` of a dict of `serialize_variant`. Other values are returned unchanged."""
    if not isinstance(variant, dict):
        return variant
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in variant.items()
    }
    return BackboneConfig(**fields)
