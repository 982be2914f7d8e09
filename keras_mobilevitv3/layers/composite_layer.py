from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.layers.direct_call import needs_call_only

# Attributes of a sublayer that `enable_lora` of Keras sets.
LORA_SETTINGS = ("lora_rank", "lora_alpha")


class CompositeLayer(keras.layers.Layer):
    """Layer made of sublayers, whose config records which sublayers are frozen, quantized or have LoRA weights.

    Keras saves only the config of the whole layer. Without this class, `load_model`, `clone_model` and `from_config`
    would return sublayers that are neither frozen nor quantized.

    A subclass calls `restore_sublayers` after it creates all sublayers and before it builds any of them.

    Args:
        frozen: Sequence of strings, the paths of the sublayers that are not trainable. A path joins the names of
            nested layers with slashes, such as `"depthwise/norm"`. Defaults to `None`: all sublayers if
            `trainable=False`, otherwise none.
        sublayer_settings: Dict from paths of sublayers to dicts of settings: `"dtype"` and `"quantization_config"`
            (serialized) of a quantized sublayer, `"lora_rank"` and `"lora_alpha"` of a sublayer with LoRA weights.
            Defaults to `None`: no settings.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: If no sublayer has a given path.
    """

    def __init__(
        self,
        frozen: Sequence[str] | None = None,
        sublayer_settings: Mapping[str, Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # `torch.compile` stops at each Keras layer and is slower than eager mode.
        self.supports_jit = keras.backend.backend() != "torch"
        # The arguments until `restore_sublayers` applies them, then `None`.
        self._unrestored: Any = (None if frozen is None else tuple(frozen), dict(sublayer_settings or {}))

    @property
    def trainable(self):
        """Boolean, whether the layer is trainable. Setting this property also sets all sublayers."""
        return super().trainable

    @trainable.setter
    def trainable(self, value):
        if self._unrestored is not None:
            self._unrestored = (None, self._unrestored[1])
        keras.layers.Layer.trainable.fset(self, value)

    def __setattr__(self, name, value):
        if name == "trainable":  # TensorFlow ignores `layer.trainable = True` if only sublayers are frozen
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def restore_sublayers(self):
        """Applies `frozen` and `sublayer_settings`. All sublayers must be created, and none built."""
        frozen, settings = self._unrestored
        self._unrestored = None
        self._check_names([*(frozen or ()), *settings])
        freeze_sublayers(self, frozen)
        for name, layer in sublayers(self):
            for key, value in settings.get(name, {}).items():
                if key == "dtype":
                    layer.dtype_policy = keras.dtype_policies.deserialize(value)
                elif key == "quantization_config":
                    layer.quantization_config = keras.saving.deserialize_keras_object(value)
                else:
                    setattr(layer, key, value)

    def run(self, layer: keras.Layer, inputs: Tensor, **kwargs: Any) -> Any:
        """Calls a sublayer, inside `call`.

        On PyTorch, `Layer.__call__` takes 0.1 to 0.2 ms, as long as a small operation. `layer.call` alone, where it has
        the same result, makes the networks 1.4 to 1.9 times as fast for one image.

        Args:
            layer: Keras layer, a sublayer of this layer.
            inputs: Tensor.
            **kwargs: Other arguments of the sublayer.

        Returns:
            Output of the sublayer.
        """
        if keras.backend.backend() == "torch" and needs_call_only(layer, inputs, self.dtype_policy):
            return layer.call(inputs, **kwargs)
        return layer(inputs, **kwargs)

    def _check_names(self, given):
        """Raises `ValueError` for unknown names. A layer with folded batch normalizations accepts any name."""
        names = [name for name, _ in sublayers(self)]
        unknown = [name for name in given if name not in names]
        if unknown and not getattr(self, "fused", False):
            raise ValueError(
                f"`frozen` and `sublayer_settings` must have names of sublayers of {self.name!r}: {', '.join(names)}. "
                f"Received: {', '.join(unknown)}"
            )

    def get_config(self):
        if self._unrestored is not None:
            frozen, settings = self._unrestored
        else:
            frozen, settings = frozen_sublayers(self), sublayer_settings(self)
        config = super().get_config()
        if frozen is not None:
            config["frozen"] = list(frozen)
        if settings:
            config["sublayer_settings"] = {name: dict(values) for name, values in settings.items()}
        return config


def sublayers(layer: keras.Layer) -> Iterator[tuple[str, keras.Layer]]:
    """Yields all nested layers of a layer or model, outer layers first.

    Args:
        layer: Keras layer or model.

    Yields:
        Tuple of a path and a layer. The path joins the names of nested layers with slashes.
    """
    for part in layer._flatten_layers(include_self=False, recursive=False):
        yield part.name, part
        for name, inner in sublayers(part):
            yield f"{part.name}/{name}", inner


def frozen_sublayers(layer: keras.Layer) -> list[str] | None:
    """Returns the paths of the frozen sublayers, or `None` if `trainable` of all sublayers equals that of the layer."""
    flags = {name: part.trainable for name, part in sublayers(layer)}
    if all(flag == layer.trainable for flag in flags.values()):
        return None
    return [name for name, flag in flags.items() if not flag]


def freeze_sublayers(layer: keras.Layer, frozen: Sequence[str] | None) -> None:
    """Freezes some sublayers and makes all others trainable.

    Args:
        layer: Keras layer or model.
        frozen: Sequence of strings, paths of the sublayers to freeze. `None` sets `trainable` of all sublayers to
            `trainable` of the layer.
    """
    for name, part in sublayers(layer):
        trainable = layer.trainable if frozen is None else name not in frozen
        if part.trainable != trainable:
            part.trainable = trainable  # also sets the layers inside `part`


def sublayer_settings(layer: keras.Layer) -> dict[str, dict[str, Any]]:
    """Returns the settings of the sublayers that are quantized or have LoRA weights, as `CompositeLayer` takes them."""
    settings = {}
    for name, part in sublayers(layer):
        values = {}
        if part.quantization_mode is not None and part.dtype_policy != layer.dtype_policy:
            values["dtype"] = keras.dtype_policies.serialize(part.dtype_policy)
            if getattr(part, "quantization_config", None) is not None:
                values["quantization_config"] = keras.saving.serialize_keras_object(part.quantization_config)
        if getattr(part, "lora_rank", None) is not None:
            values |= {key: getattr(part, key) for key in LORA_SETTINGS}
        if values:
            settings[name] = values
    return settings
