"""Which function writes which format."""

import keras

from keras_mobilevitv3.exporting.deployed_model import deployed_model
from keras_mobilevitv3.exporting.graph.runtime_decoding import DECODINGS
from keras_mobilevitv3.exporting.serving.serving_model import write_serving_model
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow, require_tensorflow

PRECISIONS = {
    "saved_model": ("float32",),
    "litert": ("float32", "float16", "dynamic_int8", "int8"),
    "onnx": ("float32", "float16", "int8"),
    "openvino": ("float32", "float16", "int8"),
}
SUFFIXES = {"saved_model": "", "litert": ".tflite", "onnx": ".onnx", "openvino": ".xml"}


def write_artefact(model, path, format, precision, **options):
    """Writes a model in a format, from whatever backend.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        path: `pathlib.Path` of the file or folder to write, in an existing folder.
        format: A key of `PRECISIONS`.
        precision: One of its values.
        **options: `postprocessing`, `class_map` and `activation` of `deployed_model`, `batch_size` (an integer, or
            `None` for any number), for a SavedModel `class_names` and `sample` of `write_serving_model`, and for
            `"int8"` `calibration`, a float32 array of images.
    """
    if keras.backend.backend() != "tensorflow":
        arguments = {"format": format, "precision": precision, **options}
        export_in_tensorflow("artefact", model, path, **arguments)
    elif format == "saved_model":
        require_tensorflow()
        write_serving_model(model, path, **options)
    else:
        settings = (options["postprocessing"], options["class_map"], DECODINGS[format], options.get("activation"))
        deployed = deployed_model(model, *settings)
        WRITERS[format](deployed, path, precision, options.get("calibration"), options["batch_size"])


def write_litert_file(*arguments):
    from keras_mobilevitv3.exporting.formats.litert import write_litert

    write_litert(*arguments)


def write_onnx_file(*arguments):
    from keras_mobilevitv3.exporting.formats.onnx import write_onnx

    write_onnx(*arguments)


def write_openvino_files(*arguments):
    from keras_mobilevitv3.exporting.formats.openvino import write_openvino

    write_openvino(*arguments)


WRITERS = {"litert": write_litert_file, "onnx": write_onnx_file, "openvino": write_openvino_files}
