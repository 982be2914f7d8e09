"""Models for other runtimes, each checked in its own."""

from pathlib import Path

import keras

from keras_mobilevitv3.checks import check_boolean, check_instance, check_integer, check_name, check_path
from keras_mobilevitv3.exporting.deployment import deployed_model, task_of
from keras_mobilevitv3.exporting.export_arguments import (
    as_uint8,
    check_calibration,
    check_format,
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
    model,
    path,
    format="saved_model",
    precision="float32",
    samples=None,
    tolerance=None,
    calibration=None,
    postprocessing=True,
    class_map=False,
    class_names=None,
    batch_size=None,
    version=None,
    weights=None,
    verbose=True,
    overwrite=None,
    activation=None,
):
    """Exports a classifier, segmenter or detector for another runtime, and compares what it gives there with Keras.

    ```python
    model = keras_mobilevitv3.MobileViTV3XS()
    keras_mobilevitv3.export(model, "served/mobilevitv3_xs", weights="imagenet")    # served/mobilevitv3_xs/1
    keras_mobilevitv3.export(model, "mobilevitv3_xs.onnx", format="onnx", precision="float16")
    ```

    Models of mixed or half precision are exported in float32, with the same weights. LoRA weights are merged into their
    kernels. Models that Keras has quantized can be exported as SavedModels only.

    It works on any backend; where that is not TensorFlow, a TensorFlow process writes the file. The written file is run
    in its own runtime on photographs. Where it differs from the Keras model by more than `tolerance`, an error is
    raised and nothing is left behind. Otherwise a model card, Markdown and JSON, is written beside it.

    Args:
        model: Classifier, feature extractor, segmenter or detector; auxiliary outputs are left out. Or another
            functional model of one input, such as one of KerasHub or KerasCV, whose outputs are written as they are.
        path: Path of the file to write, ending in `.tflite`, `.onnx` or `.xml` (OpenVINO); or, for a SavedModel, of the
            folder of the model, in which a folder for each version is written, as TF Serving reads it.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`. Defaults to `"saved_model"`.
        precision: `"float32"`; or, but for SavedModels, `"float16"`, of the weights, in ONNX of the computation too, or
            `"int8"`, of convolutions and matrix products; or, for LiteRT, `"dynamic_int8"`, which needs no calibration.
            Norms, softmax, images and outputs stay in float. Defaults to `"float32"`.
        samples: Array of images as the model takes them, on which to compare, or `None` for photographs that come with
            scikit-learn and scikit-image, resized, or patterns if neither is installed. Defaults to `None`.
        tolerance: Float, how much an output may differ, as a part of its largest value, see `compare`. Defaults to
            `None`: 0.001 for `"float32"`, 0.03 for `"float16"`; 8 bits may change single values much, and accuracy is
            what tells, so that the default is 1 for `"dynamic_int8"` and `"int8"`.
        calibration: Array of images as the model takes them, for `"int8"`: some fifty like those that it will see, not
            those on which it is judged. Defaults to `None`.
        postprocessing: Boolean, whether a detector ends in its detections. Without, it gives `"class_logits"` and
            `"box_regressions"`, and the anchors for them are in a `.npy` file beside the model; a card says how to
            decode. Defaults to `True`.
        class_map: Boolean, whether a segmenter ends in the class of each pixel instead of logits. Defaults to `False`.
        class_names: Sequence of strings, one for each class, for the card and the SavedModel. Defaults to `None`: those
            of PASCAL VOC, ADE20K and COCO for as many classes in their tasks, and numbers otherwise.
        batch_size: Integer, images per call of the file, which then takes no other number of images. Defaults to
            `None`: any number, but for LiteRT files, which take one image per call.
        version: Integer, the version of a SavedModel. Defaults to `None`: one more than the latest in `path`.
        weights: String for the card, where the weights come from; `"imagenet"`, `"pascal_voc"`, `"ade20k"` and `"coco"`
            give the licence too. Defaults to `None`.
        verbose: Boolean, whether to print the report. Defaults to `True`.
        overwrite: Boolean, whether to replace what stands at `path`: a file of the format, or the folder of a version
            if everything in it was written by `export`, as its `manifest.json` tells. Defaults to `None`: files are
            replaced, folders are not.
        activation: String, for a classifier whose last layers do not tell what its outputs are: `"softmax"` or
            `"sigmoid"` (of several labels, or of one output), which makes probabilities of them, `"none"` if they are
            probabilities, or `"features"`. Logits of several classes are taken as those of a softmax if it is left out.
            Defaults to `None`.

    Returns:
        An `ExportReport`. The card is `path` with `.card.md` and `.card.json` behind, or in the folder of a version
        `card.md` and `card.json`.

    Raises:
        ValueError: If an argument is not as stated.
        FileExistsError: If a file or folder stands in the way that may not be replaced. The message names it.
        NotADirectoryError: If what should be the folder of the file is a file.
        ImportError: If TensorFlow or the runtime of the format is not installed.
        RuntimeError: If the export fails in the TensorFlow process, or differs by more than the tolerance.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    path = Path(path)
    check_format(path, format, precision, version)
    wanted = FORMATS[format]
    check_integer("batch_size", batch_size, optional=True)
    check_boolean("overwrite", overwrite, optional=True)
    check_boolean("verbose", verbose)
    check_name("weights", weights)
    tolerance = find_tolerance(tolerance, precision)
    check_outputs(task_of(model), postprocessing, class_map, activation)
    check_quantized(model, wanted)
    model = in_single_precision(model)
    if wanted.is_folder:
        version = version or next_version(path)
    replaced = check_targets(path, wanted, version, overwrite, with_anchors=not postprocessing)
    names = names_of_classes(model, class_names, activation)
    images, described = comparison_images(model, samples)
    calibration = check_calibration(model, calibration, precision)
    require_tensorflow()
    require_packages(f"Exporting to {format!r}", wanted.packages)
    deployed = deployed_model(model, postprocessing, class_map, activation=activation)
    options = {
        "postprocessing": postprocessing,
        "class_map": class_map,
        "batch_size": batch_size,
        "activation": activation,
    }
    if calibration is not None:
        options["calibration"] = calibration
    folder, name = path.parent, path.name
    if wanted.is_folder:
        folder, name = path, str(version)
        options |= {"class_names": names, "sample": as_uint8(model, images[0])}
        overwrite = bool(overwrite)
    with staged_files(folder, overwrite is not False, {name: wanted.file_kinds}) as staging:
        written = staging / name
        write_artefact(model, written, format, precision, **options)
        size = sum(file.stat().st_size for file in staging.rglob("*") if file.is_file())
        difference = verify(deployed, written, format, images, tolerance, described, batch_size)
        report = ExportReport(
            path=folder / name,
            format=format,
            precision=precision,
            difference=difference.relative,
            absolute_difference=difference.absolute,
            tolerance=tolerance,
            samples=described,
            size=size,
            replaced=replaced,
        )
        write_beside(written, model, report, describe_model(model, deployed, weights, names, activation))
    if verbose:
        print(report)
    return report
