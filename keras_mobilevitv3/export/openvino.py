import os
import tempfile
from pathlib import Path

from keras_mobilevitv3.export.fuse import fuse_batch_norm
from keras_mobilevitv3.export.named_function import named_saved_model


def write_openvino(model, path, precision="float32", calibration=None):
    """Writes a functional model for OpenVINO and any number of images, in a TensorFlow process.

    Sizes that the model leaves open stay so. With `"int8"`, convolutions and products are in 8 bits, as NNCF chooses
    for transformers.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the `.xml` file to write, with the graph; the weights are beside it in a file with the suffix
            `.bin`. They appear when they are whole; what is there is replaced.
        precision: `"float32"`, `"float16"` (of the weights) or `"int8"`. Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, for `"int8"`. Defaults to `None`.

    Returns:
        `pathlib.Path` of the `.xml` file.
    """
    import openvino

    path = Path(path)
    with named_saved_model(fuse_batch_norm(model)) as folder:
        converted = openvino.convert_model(str(folder))
        if precision == "int8":
            converted = quantize_openvino(converted, calibration)
        with tempfile.TemporaryDirectory(dir=path.parent) as staging:
            unfinished = Path(staging) / path.name
            openvino.save_model(converted, unfinished, compress_to_fp16=precision != "float32")
            for suffix in (".bin", ".xml"):  # the graph last: with it the model is there
                os.replace(unfinished.with_suffix(suffix), path.with_suffix(suffix))
    return path


def quantize_openvino(converted, calibration):
    """The graph with convolutions and products in 8 bits, with the ranges of the images of `calibration`."""
    import nncf

    images = nncf.Dataset([image[None] for image in calibration])
    return nncf.quantize(converted, images, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(calibration))
