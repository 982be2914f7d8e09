"""Loads `.weights.h5` and `.keras` files by the names of the layers, completely or not at all."""

import pathlib
import re
import tempfile
import zipfile

import h5py

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.match_tensors import LoadReport, match_tensors
from keras_mobilevitv3.weights.official_names.head_names import KERAS_HEAD_NAMES

WEIGHTS_IN_ARCHIVE = "model.weights.h5"
FIRST_LAYER = "stem"  # each network has this layer, which locates the network in a file
BACKBONE_LAYER = re.compile(r"stem|stage\d_block\d+")


def load_keras_archive(model: Model, path: FilePath) -> LoadReport:
    """Loads the weights of a `.keras` file into a model, like `load_keras_weights`. The saved model is not rebuilt.

    Args:
        model: Keras model.
        path: Path of the `.keras` file.

    Returns:
        A `LoadReport`.

    Raises:
        CheckpointError: If the file is damaged or does not fit the model.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                weights = archive.extract(WEIGHTS_IN_ARCHIVE, folder)
        except (zipfile.BadZipFile, KeyError) as error:
            raise CheckpointError(f"{path} is not a Keras model file: {error}") from error
        return load_keras_weights(model, weights, path)


def load_keras_weights(model: Model, file: FilePath, path: FilePath | None = None) -> LoadReport:
    """Loads a file written by `Model.save_weights` into a model.

    The network may be a part of a larger model in the file, such as `Sequential([features, Dense(3)])`. Then only the
    network is loaded. Layers that do not belong to this package are left out, both inside and outside the nested model.

    Args:
        model: Keras model.
        file: Path of the file.
        path: Path that messages name. Defaults to `None`: `file`.

    Returns:
        A `LoadReport`.

    Raises:
        CheckpointError: If the file is damaged or does not fit the model.
    """
    path = path or file
    with tempfile.TemporaryDirectory() as folder:
        merged = pathlib.Path(folder, "merged.weights.h5")
        model.save_weights(merged)  # weights that the file lacks keep their values
        try:
            with h5py.File(file) as source_file, h5py.File(merged, "r+") as merged_file:
                target = _datasets(merged_file)
                source, outside = _network(_datasets(source_file), target, path)
                report = match_tensors(
                    {name: dataset.shape for name, dataset in source.items()},
                    {name: dataset.shape for name, dataset in target.items()},
                    KERAS_HEAD_NAMES,
                    path,
                )
                report = report._replace(skipped=(*report.skipped, *outside))
                for name in report.loaded:
                    target[name][...] = source[name][...]
        except OSError as error:
            raise CheckpointError(f"{path} is not a weights file of Keras, or damaged: {error}") from error
        model.load_weights(merged)
    return report


def _network(source, target, path):
    """Returns the datasets of the network in the file, and the names of the datasets outside the network.

    If the file nests the network in a larger model and the target does not, the network is taken out of the larger
    model. Layers that do not belong to this package are outside the network.
    """
    prefixes = _prefixes_of_networks(source)
    if "" in _prefixes_of_networks(target) and prefixes and "" not in prefixes:
        if len(prefixes) > 1:
            raise CheckpointError(f"{path} holds networks in {', '.join(prefixes)}: save only one of them")
        (prefix,) = prefixes
        network = {name.removeprefix(prefix): dataset for name, dataset in source.items() if name.startswith(prefix)}
        outside = [name for name in source if not name.startswith(prefix)]
    else:
        network, outside = dict(source), []
    known = {name.split("/")[0] for name in target} | {name.split("/")[0] for name in KERAS_HEAD_NAMES.all}
    foreign = [name for name in network if name.split("/")[0] not in known and not BACKBONE_LAYER.match(name)]
    if any(BACKBONE_LAYER.match(name) for name in target):
        outside += foreign
        network = {name: dataset for name, dataset in network.items() if name not in foreign}
    return network, outside


def _prefixes_of_networks(datasets):
    """Returns the prefixes of the networks: `""`, or the names of the models that contain a network."""
    parts = (re.match(rf"((?:[^/]+/layers/)*){FIRST_LAYER}/", name) for name in datasets)
    return sorted({part[1] for part in parts if part})


def _datasets(file):
    """Returns a dict from `<layer name>/<path inside the layer>` to the datasets of all layers.

    A layer of a nested model has the name `<name of the nested model>/layers/<layer name>/...`.
    """
    names, found = {}, {}

    def visit(path, item):  # `visititems` follows no links
        parts = path.split("/")
        if parts[0] != "layers" or len(parts) < 3:
            return
        if isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                raise CheckpointError(f"The tensor {path} is kept outside of the file, which is not allowed")
            found[path] = item
        elif parts[-1] == "vars" and set(parts[:-1:2]) == {"layers"}:
            names["/".join(parts[:-1])] = str(item.attrs.get("name", parts[-2]))

    file.visititems(visit)
    return {_layer_path(path, names): dataset for path, dataset in found.items()}


def _layer_path(path, names):
    """Returns the path with layer names instead of the group names that Keras chooses, such as `conv2d_1`."""
    parts = path.split("/")
    for end in range(2, len(parts), 2):
        if parts[end - 2] != "layers":
            break
        parts[end - 1] = names.get("/".join(path.split("/")[:end]), parts[end - 1])
    return "/".join(parts[1:])
