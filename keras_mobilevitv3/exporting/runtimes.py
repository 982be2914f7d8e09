"""Exported files in their own runtimes, on whatever backend."""

import numpy as np

from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.exporting.graph.inference_function import INPUT_NAME, SIGNATURE
from keras_mobilevitv3.exporting.require_packages import require_packages


def open_artefact(path, format, threads=None, one_by_one=True):
    """Opens an exported file in the runtime of its format.

    Args:
        path: Path of the file or folder.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`.
        threads: Integer, CPU threads of the runtime, or `None` for its default. Not for SavedModels. Defaults to
            `None`.
        one_by_one: Boolean, whether a LiteRT file for one image, which is what `export` writes by default, is run once
            for each image of several, instead of an error. Defaults to `True`.

    Returns:
        Function from a float32 array of images, as the Keras model takes them, to a dict of NumPy arrays. For a file of
        a fixed batch size it raises `ValueError` on any other number of images.

    Raises:
        ValueError: If the format is another one.
        ImportError: If the runtime is not installed.
    """
    check_choice("format", format, RUNTIMES)
    module, open_file = RUNTIMES[format]
    require_packages(f"Running a file of the format {format!r}", [module])
    options = {"one_by_one": one_by_one} if format == "litert" else {}
    return open_file(str(path), threads, **options)


def check_batch(path, batch_size, images):
    """Raises `ValueError` for another number of images than the integer that a file was written for."""
    if isinstance(batch_size, int) and len(images) != batch_size:
        raise ValueError(
            f"{path} was written for {batch_size} image{'s' if batch_size > 1 else ''} a call (`batch_size` of "
            f"`export`). Received: {len(images)} images"
        )


def open_saved_model(path, threads):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    serve = loaded.signatures[SIGNATURE]

    batch_size = serve.structured_input_signature[1][INPUT_NAME].shape[0]

    def run(images, kept=loaded):  # whose functions die with it
        check_batch(path, batch_size, images)
        return {name: output.numpy() for name, output in serve(images=tf.constant(images)).items()}

    return run


def open_litert(path, threads, one_by_one=True):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=threads)
    runner = interpreter.get_signature_runner(SIGNATURE)
    (details,) = runner.get_input_details().values()

    def run(images):
        # The arrays are LiteRT's own, which it writes to again.
        batch_size = int(details["shape_signature"][0])
        loop = one_by_one and batch_size == 1
        check_batch(path, None if loop or batch_size < 1 else batch_size, images)
        batches = [image[None] for image in images] if loop else [images]
        parts = [{name: np.copy(part) for name, part in runner(images=batch).items()} for batch in batches]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return run


def open_onnx(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    batch_size = session.get_inputs()[0].shape[0]

    def run(images):
        check_batch(path, batch_size, images)
        return dict(zip(names, session.run(names, {INPUT_NAME: images}), strict=True))

    return run


def open_openvino(path, threads):
    import openvino

    # Else it computes in half precision where the processor can, whatever the file holds.
    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    names = [output.get_any_name() for output in compiled.outputs]
    dimension = compiled.inputs[0].partial_shape[0]
    batch_size = dimension.get_length() if dimension.is_static else None

    def run(images):
        check_batch(path, batch_size, images)
        outputs = compiled([images])
        return {name: np.copy(outputs[number]) for number, name in enumerate(names)}

    return run


# The module of each runtime, and the function that opens a file in it.
RUNTIMES = {
    "saved_model": ("tensorflow", open_saved_model),
    "litert": ("ai_edge_litert", open_litert),
    "onnx": ("onnxruntime", open_onnx),
    "openvino": ("openvino", open_openvino),
}
