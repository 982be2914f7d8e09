"""`keras-mobilevitv3 summary`."""

import json

from keras_mobilevitv3.commands.export import HEADS, builder
from keras_mobilevitv3.commands.model_files import check_own_settings, check_size, is_keras_file
from keras_mobilevitv3.commands.picture_files import check_files

NAME = "summary"
SUMMARY = "list the layers of a model"
DESCRIPTION = "Lists the layers of a network, or of a model in a .keras file, with their output shapes and parameters."


def add_arguments(parser):
    parser.add_argument("model", help="id of a network (see `keras-mobilevitv3 list`), or .keras file")
    parser.add_argument(
        "--head", choices=tuple(HEADS), help="head on it; a .keras file brings its own (default: classifier)"
    )
    parser.add_argument("--classes", type=int, metavar="N", help="number of classes; as published if left out")
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="height and width of the images (default: 256; 512 for deeplabv3 and pspnet; 320 for ssdlite)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    check_size(arguments.size)
    if arguments.classes is not None and arguments.classes < 1:
        raise ValueError(f"--classes must be at least 1. Received: {arguments.classes}")
    model = load_model(arguments)
    if arguments.json:
        print(json.dumps([describe(layer) for layer in model.layers], indent=2))
    else:
        model.summary()


def load_model(arguments):
    if is_keras_file(arguments.model):
        import keras

        check_files(arguments.model)
        if arguments.classes is not None:
            raise ValueError(f"--classes must be left out for a .keras file. Received: {arguments.classes}")
        model = keras.saving.load_model(arguments.model, compile=False)
        check_own_settings(model, arguments.model, head=arguments.head, size=arguments.size)
        return model
    head = arguments.head or "classifier"
    size = arguments.size or HEADS[head]
    options = {} if arguments.classes is None else {"classes": arguments.classes}
    return builder(head)(arguments.model, weights=None, input_shape=(size, size, 3), **options)


def describe(layer):
    output = layer.output
    shapes = {name: list(tensor.shape) for name, tensor in output.items()} if isinstance(output, dict) else None
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "output_shape": shapes or list(output.shape),
        "parameters": layer.count_params(),
    }
