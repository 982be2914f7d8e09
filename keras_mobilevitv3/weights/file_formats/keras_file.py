"""Loads `.weights.h5` and `.keras` files by the names of the layers, all of a file or nothing."""

import re
import tempfile
import zipfile
from pathlib import Path

import h5py

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.match_tensors import account
from keras_mobilevitv3.weights.official_names.head_names import KERAS_HEAD_NAMES

WEIGHTS_IN_ARCHIVE = "model.weights.h5"
FIRST_LAYER = "stem"  # of every network, by which a file is searched for it
BACKBONE = re.compile(r"stem|stage\d_block\d+")


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

    Where the file is that of a larger model of which the network is a part, as in
    `Sequential([features, Dense(3)])`, the network is taken from it. Layers around the network that are not of this
    package are left out, inside of such a part or behind it.

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
                target = _datasets(merged_file)
                source, around = _network(_datasets(source_file), target, path)
                report = account(
                    {name: dataset.shape for name, dataset in source.items()},
                    {name: dataset.shape for name, dataset in target.items()},
                    KERAS_HEAD_NAMES,
                    path,
                )
                report = report._replace(skipped=(*report.skipped, *around))
                for name in report.loaded:
                    target[name][...] = source[name][...]
        except OSError as error:
            raise CheckpointError(f"{path} is not a weights file of Keras, or damaged: {error}") from error
        model.load_weights(merged)
    return report


def _network(source, target, path):
    """The datasets of the file that belong to the network, and the names of those around it.

    A file of the same kind of model as the target is taken whole.
    """
    inside = _parts_with_networks(source)
    if "" in _parts_with_networks(target) and inside and "" not in inside:
        if len(inside) > 1:
            raise CheckpointError(f"{path} holds networks in {', '.join(inside)}: save one of them alone")
        (part,) = inside
        network = {name.removeprefix(part): dataset for name, dataset in source.items() if name.startswith(part)}
        around = [name for name in source if not name.startswith(part)]
    else:
        network, around = dict(source), []
    known = {name.split("/")[0] for name in target} | {name.split("/")[0] for name in KERAS_HEAD_NAMES.all}
    foreign = [name for name in network if name.split("/")[0] not in known and not BACKBONE.match(name)]
    if any(BACKBONE.match(name) for name in target):
        around += foreign
        network = {name: dataset for name, dataset in network.items() if name not in foreign}
    return network, around


def _parts_with_networks(datasets):
    """What the names of the datasets of each network begin with: nothing, or the names of the models around it."""
    parts = (re.match(rf"((?:[^/]+/layers/)*){FIRST_LAYER}/", name) for name in datasets)
    return sorted({part[1] for part in parts if part})


def _datasets(file):
    """Maps `<layer name>/<path inside the layer>` to the datasets of the layers that have any.

    A layer of a model inside the model is `<name of that model>/layers/<layer name>/...`.
    """
    names, found = {}, {}

    def visit(path, item):  # follows no link, neither inside the file nor out of it
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
    """The path with the names of layers in place of those that Keras gives the groups: `conv2d_1` and the like."""
    parts = path.split("/")
    for end in range(2, len(parts), 2):
        if parts[end - 2] != "layers":
            break
        parts[end - 1] = names.get("/".join(path.split("/")[:end]), parts[end - 1])
    return "/".join(parts[1:])
