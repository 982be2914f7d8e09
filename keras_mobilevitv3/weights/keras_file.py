"""Loads `.weights.h5` and `.keras` files by the names of the layers, all of a file or nothing."""

import tempfile
import zipfile
from pathlib import Path

import h5py

from keras_mobilevitv3.weights.accounting import account
from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.head_names import KERAS_HEAD_NAMES

WEIGHTS_IN_ARCHIVE = "model.weights.h5"


def load_keras_archive(model, path):
    """As `load_keras_weights`, from a `.keras` file; the model described in it is not rebuilt."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                weights = archive.extract(WEIGHTS_IN_ARCHIVE, folder)
        except (zipfile.BadZipFile, KeyError) as error:
            raise CheckpointError(f"{path} is not a Keras model file: {error}") from error
        return load_keras_weights(model, weights, path)


def load_keras_weights(model, file, path=None):
    """Loads a file of `Model.save_weights` into a model.

    Args:
        model: Keras model.
        file: Path of the file.
        path: Path to name in messages. Defaults to `file`.

    Returns:
        A `LoadReport`.

    Raises:
        CheckpointError: If the file is damaged or does not fit the model.
    """
    path = path or file
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder, "merged.weights.h5")
        model.save_weights(merged)  # what is not in the file keeps the value it has
        try:
            with h5py.File(file) as source_file, h5py.File(merged, "r+") as merged_file:
                source, target = _datasets(source_file), _datasets(merged_file)
                report = account(
                    {name: dataset.shape for name, dataset in source.items()},
                    {name: dataset.shape for name, dataset in target.items()},
                    KERAS_HEAD_NAMES,
                    path,
                )
                for name in report.loaded:
                    target[name][...] = source[name][...]
        except OSError as error:
            raise CheckpointError(f"{path} is not a weights file of Keras, or damaged: {error}") from error
        model.load_weights(merged)
    return report


def _datasets(file):
    """Maps `<layer name>/<path inside the layer>` to the datasets of the layers that have any."""
    names, found = {}, {}

    def visit(path, item):  # follows no link, neither inside the file nor out of it
        parts = path.split("/")
        if parts[0] != "layers" or len(parts) < 3:
            return
        if isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                raise CheckpointError(f"The tensor {path} is kept outside of the file, which is not allowed")
            found[path] = item
        elif parts[2:] == ["vars"]:
            names[parts[1]] = str(item.attrs.get("name", parts[1]))

    file.visititems(visit)
    return {_layer_path(path, names): dataset for path, dataset in found.items()}


def _layer_path(path, names):
    _, layer, inner = path.split("/", 2)
    return f"{names.get(layer, layer)}/{inner}"
