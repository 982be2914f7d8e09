import keras

# Of a sublayer, what `quantize` and `enable_lora` of Keras set after it is made.
LORA_SETTINGS = ("lora_rank", "lora_alpha")


class CompositeLayer(keras.layers.Layer):
    """Layer made of sublayers, whose config keeps which of them are frozen, quantized or have LoRA weights.

    Keras saves the config of the whole layer only. Without this class a sublayer that is frozen, or quantized by
    `Model.quantize`, would be like a new one after `load_model`, `clone_model` and `from_config`.

    A subclass calls `restore_sublayers` as soon as all sublayers are made, before it builds any of them.

    Args:
        frozen: Sequence of strings, the sublayers that are not trainable, each by the names on the way to it with
            slashes between, such as `"depthwise/norm"`. Defaults to `None`: all if `trainable=False`, otherwise none.
        sublayer_settings: Dict from such names to dicts of what Keras has set in that sublayer: `"dtype"` and
            `"quantization_config"` (serialized) if it is quantized, `"lora_rank"` and `"lora_alpha"` if it has LoRA
            weights. Defaults to `None`, for none.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: If a name is not that of a sublayer.
    """

    def __init__(self, frozen=None, sublayer_settings=None, **kwargs):
        super().__init__(**kwargs)
        self._unrestored = (None if frozen is None else tuple(frozen), dict(sublayer_settings or {}))

    @property
    def trainable(self):
        """Boolean, whether the layer is trained. Setting it sets all sublayers too."""
        return super().trainable

    @trainable.setter
    def trainable(self, value):
        if self._unrestored is not None:
            self._unrestored = (None, self._unrestored[1])
        keras.layers.Layer.trainable.fset(self, value)

    def restore_sublayers(self):
        """Freezes and sets the sublayers as the arguments say. Call it when all are made and none is built."""
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

    def _check_names(self, given):
        """A layer whose batch normalizations are folded may be given their names."""
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


def sublayers(layer):
    """All layers in a layer or model, however deep, outer ones first.

    Args:
        layer: Keras layer or model.

    Yields:
        Tuple of the names on the way to a layer, with slashes between, and the layer.
    """
    for part in layer._flatten_layers(include_self=False, recursive=False):
        yield part.name, part
        for name, inner in sublayers(part):
            yield f"{part.name}/{name}", inner


def frozen_sublayers(layer):
    """Names of the sublayers that are not trainable, or `None` if all sublayers are as the layer itself is."""
    flags = {name: part.trainable for name, part in sublayers(layer)}
    if all(flag == layer.trainable for flag in flags.values()):
        return None
    return [name for name, flag in flags.items() if not flag]


def freeze_sublayers(layer, frozen):
    """Makes sublayers trainable or not.

    Args:
        layer: Keras layer or model.
        frozen: Names of the sublayers that are not to be trainable, all others are to be; or `None`, if all are to be
            as the layer itself is.
    """
    for name, part in sublayers(layer):
        trainable = layer.trainable if frozen is None else name not in frozen
        if part.trainable != trainable:
            part.trainable = trainable  # and so are the layers in it, which come later


def sublayer_settings(layer):
    """Names of the sublayers that are quantized or have LoRA weights, with what Keras has set in them."""
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
