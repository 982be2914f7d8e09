import os
import tempfile
from pathlib import Path

from keras_mobilevitv3.export.fuse import fuse_batch_norm
from keras_mobilevitv3.export.named_function import named_saved_model


def write_openvino(model, path, precision="float32"):
    """Writes a functional model for OpenVINO and any number of images, in a TensorFlow process.

    Sizes that the model leaves open stay so.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the `.xml` file to write, with the graph; the weights are beside it in a file with the suffix
            `.bin`. They appear when they are whole; what is there is replaced.
        precision: `"float32"` or `"float16"`, of the weights. Defaults to `"float32"`.

    Returns:
        `pathlib.Path` of the `.xml` file.
    """
    import openvino

    path = Path(path)
    with named_saved_model(fuse_batch_norm(model)) as folder:
        converted = openvino.convert_model(str(folder))
        with tempfile.TemporaryDirectory(dir=path.parent) as staging:
            unfinished = Path(staging) / path.name
            openvino.save_model(converted, unfinished, compress_to_fp16=precision == "float16")
            for suffix in (".bin", ".xml"):  # the graph last: with it the model is there
                os.replace(unfinished.with_suffix(suffix), path.with_suffix(suffix))
    return path
