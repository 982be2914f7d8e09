"""Which head a checkpoint is of, by the names in it."""

import io
import zipfile
from pathlib import Path

from keras_mobilevitv3 import file_contents as contents

# Layers of the files of Keras, and what names of official tensors begin with, that only one head has.
KERAS_LAYERS = {"ssd_head0": "ssdlite", "aspp": "deeplabv3", "psp": "pspnet", "predictions": "classifier"}
OFFICIAL_PARTS = {"ssd_heads.": "ssdlite", ".aspp_layer.": "deeplabv3", ".psp_layer.": "pspnet"}


def names_in_checkpoint(path):
    """Set of the names of the layers of a file of Keras, or of the tensors of another checkpoint.

    Raises:
        ValueError: If the file is no checkpoint. The message says what kind of file it is.
    """
    from keras_mobilevitv3.weights.errors import CheckpointError
    from keras_mobilevitv3.weights.file_formats.readers import READERS, read_state_dict

    name = Path(path).name.lower()
    if name.endswith(".weights.h5"):
        return keras_layers(path, path)
    if name.endswith(".keras"):
        try:
            with zipfile.ZipFile(path) as archive:
                return keras_layers(io.BytesIO(archive.read("model.weights.h5")), path)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ValueError(f"{path} is not a Keras model file but {contents.kind_of_file(path)}") from error
    if not name.endswith(tuple(READERS)):
        suffixes = ", ".join((".weights.h5", ".keras", *READERS))
        found = contents.kind_of_file(path)
        raise ValueError(f"a checkpoint must end in {suffixes}. Received: {str(path)!r}, {found}")
    try:
        return set(read_state_dict(path))
    except CheckpointError as error:
        kind = contents.kind_of_file(path)
        if kind in (contents.ZIP, contents.PICKLE, contents.SAFETENSORS):
            raise
        raise ValueError(f"{path} is no checkpoint but {kind}") from error


def keras_layers(file, path):
    """Names of the layers in a weights file of Keras."""
    import h5py

    try:
        with h5py.File(file) as weights:
            layers = weights["layers"].items()
            return {layer["vars"].attrs.get("name", name) if "vars" in layer else name for name, layer in layers}
    except (OSError, KeyError, AttributeError) as error:
        found = contents.kind_of_file(path)
        raise ValueError(f"{path} is not a weights file of Keras but {found}, or damaged") from error


def head_of_checkpoint(path):
    """`"classifier"`, `"deeplabv3"`, `"pspnet"` or `"ssdlite"`, and whether there is an auxiliary head.

    A checkpoint without any of their layers counts as that of a classifier.

    Args:
        path: Path of a file in any format of `load_checkpoint`.

    Raises:
        ValueError: If the file is no checkpoint, or damaged.
    """
    names = names_in_checkpoint(path)
    auxiliary = any("aux_head" in name or name.startswith("aux_") for name in names)
    for layer, head in KERAS_LAYERS.items():
        if layer in names:
            return head, auxiliary
    for part, head in OFFICIAL_PARTS.items():
        if any(part in name for name in names):
            return head, auxiliary
    return "classifier", auxiliary
