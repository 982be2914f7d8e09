"""Finds the head and the number of classes of a checkpoint from the names and shapes of its tensors."""

import io
import zipfile
from contextlib import contextmanager

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD, HEADS, Head, head_with_layer
from keras_mobilevitv3.families import FAMILIES
from keras_mobilevitv3.file_contents import PICKLE, SAFETENSORS, ZIP, kind_of_file

KERAS_SUFFIXES = (".weights.h5", ".keras")
_OFFICIAL_BIASES = [
    bias
    for names in (family.official_names for family in FAMILIES.values())
    for bias in (f"{names.classifier}.bias", f"{names.segmentation_classifier}.block.conv.bias")
]
_OFFICIAL_DETECTOR_BIAS = "ssd_heads.5.loc_cls_layer.block.conv.bias"
_KERAS_DETECTOR = "ssd_head5"
# Path of the bias inside the group of a layer.
_KERAS_BIASES = {"predictions": "vars/1", "classifier": "conv/vars/1", _KERAS_DETECTOR: "conv/vars/1"}


def is_file_of_keras(path: FilePath) -> bool:
    """Returns whether a file name has a suffix of Keras, `.weights.h5` or `.keras`."""
    return str(path).lower().endswith(KERAS_SUFFIXES)


def head_of_checkpoint(path: FilePath) -> tuple[Head, bool]:
    """Finds the head of a checkpoint, and whether the checkpoint has an auxiliary head.

    A checkpoint without a layer of any head counts as a checkpoint of a classifier.

    Args:
        path: Path of a file in any format of `load_checkpoint`.

    Returns:
        Tuple of a `Head` and a boolean.

    Raises:
        ValueError: If the file is not a checkpoint, or is damaged. The message names the kind of the file.
    """
    if is_file_of_keras(path):
        with _keras_layers(path) as layers:
            names, head = list(layers), head_with_layer(layers)
    else:
        names = list(_official_tensors(path))
        parts = {head.official_part: head for head in HEADS.values() if head.official_part}
        head = next((head for part, head in parts.items() if any(part in name for name in names)), DEFAULT_HEAD)
    return head, any("aux_head" in name or name.startswith("aux_") for name in names)


def number_of_classes(path: FilePath) -> int:
    """Finds the number of classes of a checkpoint from the shape of the last layer.

    Args:
        path: Path of a file in any format of `load_checkpoint`.

    Raises:
        ValueError: If the file has no classifier, is damaged, or has an unknown format.
    """
    classes = _keras_classes(path) if is_file_of_keras(path) else _official_classes(path)
    if classes is None:
        raise ValueError(f"{path} has no classifier; give the number of classes of the new one with --classes")
    return classes


def _official_tensors(path):
    """Returns the tensors of a checkpoint in an official format, by name."""
    from keras_mobilevitv3.weights.errors import CheckpointError
    from keras_mobilevitv3.weights.file_formats.readers import READERS, read_state_dict

    if not str(path).lower().endswith(tuple(READERS)):
        suffixes = ", ".join((*KERAS_SUFFIXES, *READERS))
        raise ValueError(f"a checkpoint must end in {suffixes}. Received: {str(path)!r}, {kind_of_file(path)}")
    try:
        return read_state_dict(path)
    except CheckpointError as error:
        kind = kind_of_file(path)
        if kind in (ZIP, PICKLE, SAFETENSORS):
            raise
        raise ValueError(f"{path} is no checkpoint but {kind}") from error


def _official_classes(path):
    tensors = _official_tensors(path)
    if _OFFICIAL_DETECTOR_BIAS in tensors:
        return _object_classes(len(tensors[_OFFICIAL_DETECTOR_BIAS]))
    return next((len(tensors[bias]) for bias in _OFFICIAL_BIASES if bias in tensors), None)


@contextmanager
def _keras_layers(path):
    """Opens a Keras file and yields a dict from the names of the layers to their groups."""
    import h5py

    file = path
    if str(path).lower().endswith(".keras"):
        try:
            with zipfile.ZipFile(path) as archive:
                file = io.BytesIO(archive.read("model.weights.h5"))
        except (zipfile.BadZipFile, KeyError) as error:
            raise ValueError(f"{path} is not a Keras model file but {kind_of_file(path)}") from error
    try:
        with h5py.File(file) as weights:
            groups = weights["layers"].items()
            yield {group["vars"].attrs.get("name", name) if "vars" in group else name: group for name, group in groups}
    except (OSError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is not a weights file of Keras but {kind_of_file(path)}, or damaged") from error


def _keras_classes(path):
    with _keras_layers(path) as layers:
        for name, group in layers.items():
            bias = _KERAS_BIASES.get(name)
            if bias is not None and bias in group:
                length = len(group[bias])
                return _object_classes(length) if name == _KERAS_DETECTOR else length
    return None


def _object_classes(length):
    """Returns the number of classes of a detector from the length of its last bias.

    The last head has 4 anchors. Each anchor has 4 box values, the background and the classes.
    """
    return length // 4 - 5
