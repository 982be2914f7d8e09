"""The number of classes of a checkpoint of a classifier, segmenter or detector, from the shape of its last layer."""

import io
import zipfile
from pathlib import Path

OFFICIAL_BIASES = (
    "classifier.fc.bias",
    "classifier.1.bias",
    "seg_head.classifier.classifier.block.conv.bias",
    "seg_head.classifier.block.conv.bias",
)
OFFICIAL_DETECTOR_BIAS = "ssd_heads.5.loc_cls_layer.block.conv.bias"
KERAS_DETECTOR = "ssd_head5"
# Where the bias is in the group of the layer.
KERAS_BIASES = {"predictions": "vars/1", "classifier": "conv/vars/1", KERAS_DETECTOR: "conv/vars/1"}


def number_of_classes(path):
    """The number of classes of a checkpoint.

    Args:
        path: `pathlib.Path` of a file in any format of `load_checkpoint`.

    Returns:
        Integer.

    Raises:
        ValueError: If the file has no classifier, is damaged, or of no supported format.
    """
    name = Path(path).name.lower()
    if name.endswith(".weights.h5"):
        classes = keras_classes(path, path)
    elif name.endswith(".keras"):
        try:
            with zipfile.ZipFile(path) as archive:
                classes = keras_classes(io.BytesIO(archive.read("model.weights.h5")), path)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ValueError(f"{path} is not a Keras model file: {error}") from error
    else:
        from keras_mobilevitv3.weights.file_formats.readers import read_state_dict

        tensors = read_state_dict(path)
        classes = next((len(tensors[bias]) for bias in OFFICIAL_BIASES if bias in tensors), None)
        if OFFICIAL_DETECTOR_BIAS in tensors:
            classes = object_classes(len(tensors[OFFICIAL_DETECTOR_BIAS]))
    if classes is None:
        raise ValueError(f"{path} has no classifier; give the number of classes of the new one with --classes")
    return classes


def keras_classes(file, path):
    """Length of the bias of the last layer in a weights file of Keras, or `None`."""
    import h5py

    try:
        with h5py.File(file) as weights:
            for name, layer in weights["layers"].items():
                name = layer["vars"].attrs.get("name", name)
                bias = KERAS_BIASES.get(name)
                if bias is not None and bias in layer:
                    length = len(layer[bias])
                    return object_classes(length) if name == KERAS_DETECTOR else length
    except (OSError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is not a weights file of Keras, or damaged: {error}") from error
    return None


def object_classes(length):
    """Classes of a detector, whose last head has 4 anchors, each with a box, the background and the classes."""
    return length // 4 - 5
