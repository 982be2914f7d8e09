"""The command `keras-mobilevitv3 summary`."""

import argparse
import json
from typing import Any

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.commands import options
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD, HEADS
from keras_mobilevitv3.commands.model_files import (
    check_classes,
    check_own_settings,
    check_size,
    check_variant,
    is_keras_file,
)
from keras_mobilevitv3.commands.picture_files import check_files

NAME = "summary"
SUMMARY = "list the layers of a model"
DESCRIPTION = "Lists the layers of a network, or of a model in a .keras file, with their output shapes and parameters."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="id of a network (see `keras-mobilevitv3 list`), or .keras file")
    options.add_head(parser, list(HEADS.values()))
    parser.add_argument(
        "--classes", type=int, metavar="N", help="number of classes (default: as in the published networks)"
    )
    options.add_size_of_head(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    check_size(arguments.size)
    check_classes(arguments.classes)
    model = load_model(arguments)
    if arguments.json:
        print(json.dumps([describe(layer) for layer in model.layers], indent=2))
    else:
        model.summary()


def load_model(arguments: argparse.Namespace) -> Model:
    if is_keras_file(arguments.model):
        check_files(arguments.model)
        if arguments.classes is not None:
            raise ValueError(f"--classes must be left out for a .keras file. Received: {arguments.classes}")

        import keras

        model = keras.saving.load_model(arguments.model, compile=False)
        check_own_settings(model, arguments.model, head=arguments.head, size=arguments.size)
        return model
    check_variant("MODEL", arguments.model)
    head = HEADS[arguments.head or DEFAULT_HEAD.name]
    size = arguments.size or head.image_size
    classes = {} if arguments.classes is None else {"classes": arguments.classes}
    return head.build(arguments.model, weights=None, input_shape=(size, size, 3), **classes)


def describe(layer: Any) -> dict[str, Any]:
    output = layer.output
    shapes = {name: list(tensor.shape) for name, tensor in output.items()} if isinstance(output, dict) else None
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "output_shape": shapes or list(output.shape),
        "parameters": layer.count_params(),
    }
