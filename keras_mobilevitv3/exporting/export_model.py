"""Exports models for other runtimes and compares each exported model with the Keras model."""

import pathlib
from collections.abc import Sequence
from typing import Any

import keras

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.checks import check_boolean, check_instance, check_integer, check_name, check_path
from keras_mobilevitv3.exporting.check_format import check_format
from keras_mobilevitv3.exporting.deployment import deployed_model, task_of
from keras_mobilevitv3.exporting.export_arguments import (
    as_uint8,
    check_calibration,
    check_outputs,
    comparison_images,
    find_tolerance,
    names_of_classes,
    next_version,
)
from keras_mobilevitv3.exporting.export_report import ExportReport
from keras_mobilevitv3.exporting.export_targets import check_targets
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.model_card import describe_model, write_beside
from keras_mobilevitv3.exporting.quantized_models import check_quantized
from keras_mobilevitv3.exporting.require_packages import require_packages
from keras_mobilevitv3.exporting.staged_files import staged_files
from keras_mobilevitv3.exporting.tensorflow_process import require_tensorflow
from keras_mobilevitv3.exporting.verify import verify
from keras_mobilevitv3.exporting.write_artefact import write_artefact
from keras_mobilevitv3.inference.single_precision import in_single_precision


def export(
    model: Model,
    path: FilePath,
    format: str = "saved_model",
    precision: str = "float32",
    samples: Tensor | None = None,
    tolerance: float | None = None,
    calibration: Tensor | None = None,
    postprocessing: bool = True,
    class_map: bool = False,
    class_names: Sequence[str] | None = None,
    batch_size: int | None = None,
    version: int | None = None,
    weights: str | None = None,
    verbose: bool = True,
    overwrite: bool | None = None,
    activation: str | None = None,
) -> ExportReport:
    """Exports a classifier, segmenter or detector for another runtime, and compares its outputs there with Keras.

    ```python
    model = keras_mobilevitv3.MobileViTV3XS()
    keras_mobilevitv3.export(model, "served/mobilevitv3_xs", weights="imagenet")    # served/mobilevitv3_xs/1
    keras_mobilevitv3.export(model, "mobilevitv3_xs.onnx", format="onnx", precision="float16")
    ```

    Models with mixed or half precision are exported in float32, with the same weights. LoRA weights are merged into the
    kernels. Models that Keras has quantized can be exported as SavedModels only.

    The export works on every backend. On a backend other than TensorFlow, a TensorFlow process writes the file. Then
    the runtime of the format runs the file on photographs. If an output differs from the Keras model by more than
    `tolerance`, the export raises an error and leaves no files. Otherwise it writes a model card next to the model, in
    Markdown and JSON.

    Args:
        model: Classifier, feature extractor, segmenter or detector. The export leaves out auxiliary outputs. Or another
            functional model with one input, such as a model of KerasHub or KerasCV, exported with all its outputs.
        path: Path of the file to write, ending in `.tflite`, `.onnx` or `.xml` (OpenVINO). For a SavedModel: path of
            the folder of the model. Each version is a folder inside, as TF Serving expects.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`. Defaults to `"saved_model"`.
        precision: `"float32"` for every format. All formats except SavedModel also support `"float16"` (weights in half
            precision, in ONNX the computation too) and `"int8"` (convolutions and matrix products with 8 bits). LiteRT
            also supports `"dynamic_int8"`, which needs no calibration. Norms, softmax, images and outputs stay in
            float. Defaults to `"float32"`.
        samples: Array of images in the model's input range, for the comparison. Defaults to `None`: resized photographs
            of scikit-learn and scikit-image, or patterns if neither package is installed.
        tolerance: Float, largest allowed difference, as a fraction of the largest output value; see `compare`. Defaults
            to `None`: 0.001 for `"float32"`, 0.03 for `"float16"`, 1 for `"dynamic_int8"` and `"int8"`. With 8 bits
            single values may change much: compare the accuracy instead.
        calibration: Array of images in the model's input range, for `"int8"`: about fifty images typical of the
            application, separate from the images that evaluate the model. Defaults to `None`.
        postprocessing: Boolean, whether a detector returns final detections. If `False`, it returns `"class_logits"`
            and `"box_regressions"`. A `.npy` file next to the model then holds the anchors, and the model card explains
            the decoding. Defaults to `True`.
        class_map: Boolean, whether a segmenter returns the class of each pixel instead of logits. Defaults to `False`.
        class_names: Sequence of strings, one per class, for the model card and the SavedModel. Defaults to `None`: the
            names of PASCAL VOC, ADE20K or COCO if task and number of classes match, otherwise numbers.
        batch_size: Integer, number of images per call. The file then accepts no other number. Defaults to `None`: any
            number of images, except in LiteRT files, which take one image per call.
        version: Integer, version of a SavedModel. Defaults to `None`: one more than the latest version in `path`.
        weights: String, origin of the weights, for the model card. For `"imagenet"`, `"pascal_voc"`, `"ade20k"` and
            `"coco"` the card also states the license. Defaults to `None`.
        verbose: Boolean, whether to print the report. Defaults to `True`.
        overwrite: Boolean, whether to replace a file of the format at `path`, or a version folder. A version folder is
            replaced only if `export` wrote everything in it, according to its `manifest.json`. Defaults to `None`:
            files are replaced, folders are not.
        activation: String, for a classifier whose last layers do not show the kind of its outputs: `"softmax"` or
            `"sigmoid"` (several labels, or one output) for logits and the function that turns them into probabilities;
            `"none"` for probabilities; `"features"` for features. Defaults to `None`: the last layers decide, and
            logits of several classes belong to a softmax.

    Returns:
        An `ExportReport`. The model card is at `path` plus `.card.md` and `.card.json`, or in the version folder of a
        SavedModel as `card.md` and `card.json`.

    Raises:
        ValueError: If an argument is invalid.
        FileExistsError: If a file or folder exists that may not be replaced. The message names it.
        NotADirectoryError: If a parent folder of the file is a file.
        ImportError: If TensorFlow or the runtime of the format is not installed.
        RuntimeError: If the export fails in the TensorFlow process, or an output differs by more than `tolerance`.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    path = pathlib.Path(path)
    check_format(path, format, precision, version)
    target_format = FORMATS[format]
    check_integer("batch_size", batch_size, optional=True)
    check_boolean("overwrite", overwrite, optional=True)
    check_boolean("verbose", verbose)
    check_name("weights", weights)
    tolerance = find_tolerance(tolerance, precision)
    check_outputs(task_of(model), postprocessing, class_map, activation)
    check_quantized(model, target_format)
    model = in_single_precision(model)
    if target_format.is_folder:
        version = version or next_version(path)
    replaced = check_targets(path, target_format, version, overwrite, with_anchors=not postprocessing)
    names = names_of_classes(model, class_names, activation)
    images, samples_description = comparison_images(model, samples)
    calibration = check_calibration(model, calibration, precision)
    require_tensorflow()
    require_packages(f"Exporting to {format!r}", target_format.packages)
    deployed = deployed_model(model, postprocessing, class_map, activation=activation)
    options: dict[str, Any] = {
        "postprocessing": postprocessing,
        "class_map": class_map,
        "batch_size": batch_size,
        "activation": activation,
    }
    if calibration is not None:
        options["calibration"] = calibration
    folder, name = path.parent, path.name
    if target_format.is_folder:
        folder, name = path, str(version)
        options |= {"class_names": names, "sample": as_uint8(model, images[0])}
        overwrite = bool(overwrite)
    with staged_files(folder, overwrite is not False, {name: target_format.file_kinds}) as staging:
        written = staging / name
        write_artefact(model, written, format, precision, **options)
        size = sum(file.stat().st_size for file in staging.rglob("*") if file.is_file())
        difference = verify(deployed, written, format, images, tolerance, samples_description, batch_size)
        report = ExportReport(
            path=folder / name,
            format=format,
            precision=precision,
            difference=difference.relative,
            absolute_difference=difference.absolute,
            tolerance=tolerance,
            samples=samples_description,
            size=size,
            replaced=replaced,
        )
        write_beside(written, model, report, describe_model(model, deployed, weights, names, activation))
    if verbose:
        print(report)
    return report
