"""Models for other runtimes, each checked in its own."""

from pathlib import Path

import numpy as np

from keras_mobilevitv3.commands.class_names import numbered_classes
from keras_mobilevitv3.export.deployed_model import (
    DETECTOR,
    SEGMENTER,
    classifier_output,
    deployed_model,
    scales_pixels,
    task_of,
)
from keras_mobilevitv3.export.export_report import ExportReport
from keras_mobilevitv3.export.model_card import describe_model, describe_versions, write_model_card
from keras_mobilevitv3.export.sample_photographs import sample_photographs
from keras_mobilevitv3.export.staged_files import staged_files
from keras_mobilevitv3.export.tensorflow_process import require_tensorflow
from keras_mobilevitv3.export.verify import TOLERANCES, artefact_outputs, compare, keras_outputs
from keras_mobilevitv3.export.write_artefact import PRECISIONS, SUFFIXES, write_artefact
from keras_mobilevitv3.preprocessing import class_names as published_names

UNKNOWN_SIZE = 256  # at which a model of any size is compared
PUBLISHED = {SEGMENTER: {21: "pascal_voc", 150: "ade20k"}, DETECTOR: {80: "coco"}}


def export(
    model,
    path,
    format="saved_model",
    precision="float32",
    calibration=None,
    samples=None,
    tolerance=None,
    postprocessing=True,
    class_map=False,
    class_names=None,
    version=None,
    weights=None,
    verbose=True,
):
    """Exports a classifier, segmenter or detector for another runtime, and compares what it gives there with Keras.

    ```python
    model = keras_mobilevitv3.MobileViTV3XS()
    keras_mobilevitv3.export(model, "served/mobilevitv3_xs", weights="imagenet")    # served/mobilevitv3_xs/1
    keras_mobilevitv3.export(model, "mobilevitv3_xs.onnx", format="onnx", precision="float16")
    ```

    It works on any backend; where that is not TensorFlow, a TensorFlow process writes the file. The written file is run
    in its own runtime on photographs. Where it differs from the Keras model by more than `tolerance`, an error is
    raised and nothing is left behind. Otherwise a model card, Markdown and JSON, is written beside it.

    Args:
        model: Classifier, feature extractor, segmenter or detector. Auxiliary outputs are left out.
        path: Path of the file to write, ending in `.tflite`, `.onnx` or `.xml` (OpenVINO); or, for a SavedModel, of the
            folder of the model, in which a folder for each version is written, as TF Serving reads it. What is there
            is replaced.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`. Defaults to `"saved_model"`.
        precision: `"float32"`; or, but for SavedModels, `"float16"`, `"int8"` (calibrated), or `"dynamic_int8"` (LiteRT
            only: weights in 8 bits). Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, typical ones, for `precision="int8"`. Defaults to
            `None`.
        samples: Array of images as the model takes them, on which to compare, or `None` for photographs that come with
            scikit-learn and scikit-image, resized, or patterns if neither is installed. Defaults to `None`.
        tolerance: Float, how much an output may differ, as a part of its largest value, see `compare`. Defaults to
            `None`: 0.001 for `"float32"`, 0.03 for `"float16"`, and 0.5 for 8 bits, where accuracy on data of your own
            says more.
        postprocessing: Boolean, whether a detector ends in its detections. Without, it gives `"class_logits"` and
            `"box_regressions"`, and the anchors for them are in a `.npy` file beside the model; a card says how to
            decode. Defaults to `True`.
        class_map: Boolean, whether a segmenter ends in the class of each pixel instead of logits. Defaults to `False`.
        class_names: Sequence of strings, one for each class, for the card and the SavedModel. Defaults to `None`: those
            of PASCAL VOC, ADE20K and COCO for as many classes in their tasks, and numbers otherwise.
        version: Integer, the version of a SavedModel. Defaults to `None`: one more than the latest in `path`.
        weights: String for the card, where the weights come from; `"imagenet"`, `"pascal_voc"`, `"ade20k"` and `"coco"`
            give the licence too. Defaults to `None`.
        verbose: Boolean, whether to print the report. Defaults to `True`.

    Returns:
        An `ExportReport`. The card is `path` with `.card.md` and `.card.json` behind, or in the folder of a version
        `card.md` and `card.json`.

    Raises:
        ValueError: If an argument is not as stated.
        ImportError: If TensorFlow or the runtime of the format is not installed.
        RuntimeError: If the export fails in the TensorFlow process, or differs by more than the tolerance.
    """
    path = Path(path)
    check_format(path, format, precision, calibration, version)
    if tolerance is None:
        tolerance = TOLERANCES[precision]
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0:
        raise ValueError(f"`tolerance` must be a number of at least 0, or None. Received: tolerance={tolerance!r}")
    names = names_of_classes(model, class_names)
    images, described = comparison_images(model, samples)
    require_tensorflow()
    deployed = deployed_model(model, postprocessing, class_map)
    options = {"postprocessing": postprocessing, "class_map": class_map}
    folder, name = path.parent, path.name
    if format == "saved_model":
        folder, name = path, str(version or next_version(path))
        options |= {"class_names": names, "samples": as_uint8(model, images)}
    with staged_files(folder) as staging:
        written = staging / name
        write_artefact(model, written, format, precision, calibration, **options)
        size = sum(file.stat().st_size for file in staging.rglob("*") if file.is_file())
        expected = keras_outputs(deployed, images)
        difference = compare(expected, artefact_outputs(written, format, images, expected), images.shape[1:3])
        if not difference.relative <= tolerance:
            raise RuntimeError(
                f"What was exported differs from the Keras model by {difference.relative:.2g} of the largest output on "
                f"{described}; `tolerance` must be more to accept that. Received: tolerance={tolerance}"
            )
        report = ExportReport(
            path=folder / name,
            format=format,
            precision=precision,
            difference=difference.relative,
            absolute_difference=difference.absolute,
            tolerance=tolerance,
            samples=described,
            size=size,
        )
        write_beside(written, model, report, describe_model(model, deployed, weights, names))
    if verbose:
        print(report)
    return report


def check_format(path, format, precision, calibration, version):
    """Raises `ValueError` if these arguments of `export` do not go together."""
    if format not in PRECISIONS:
        raise ValueError(f"`format` must be one of {list(PRECISIONS)}. Received: format={format!r}")
    if precision not in PRECISIONS[format]:
        allowed = list(PRECISIONS[format])
        raise ValueError(f"`precision` must be one of {allowed} for {format!r}. Received: precision={precision!r}")
    if path.suffix != SUFFIXES[format] and format != "saved_model":
        raise ValueError(f"`path` must end in {SUFFIXES[format]} for {format!r}. Received: path={str(path)!r}")
    if (calibration is not None) != (precision == "int8"):
        raise ValueError(
            "`calibration` must be an array of images for `precision='int8'`, and None otherwise. "
            f"Received: precision={precision!r}, calibration={describe_array(calibration)}"
        )
    if version is None:
        return
    if format != "saved_model" or isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(
            "`version` must be a positive integer for a SavedModel, or None. "
            f"Received: version={version!r}, format={format!r}"
        )


def describe_array(array):
    return None if array is None else f"an array of shape {np.shape(array)}"


def next_version(folder):
    """One more than the highest number that is the name of something in a folder."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return 1 + max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def names_of_classes(model, class_names):
    """The given names, those of a published data set of as many classes, or numbers; `None` of a feature extractor."""
    task = task_of(model)
    if task == DETECTOR:
        count = model.classes
    elif task == SEGMENTER:
        count = model.get_layer("classifier").filters
    elif classifier_output(model) == "features":
        return None
    else:
        count = model.output.shape[-1]
    if class_names is None:
        dataset = PUBLISHED.get(task, {}).get(count)
        return list(published_names(dataset)) if dataset else numbered_classes(count)
    if isinstance(class_names, str) or len(class_names) != count:
        raise ValueError(
            f"`class_names` must be a sequence of {count} strings, one for each class. Received: {class_names!r}"
        )
    return list(map(str, class_names))


def comparison_images(model, samples):
    """The images on which to compare, float32 as the model takes them, and what they are, in words."""
    shape = model.inputs[0].shape[1:]
    if samples is None:
        if shape[-1] != 3:
            raise ValueError(f"`samples` must be given for a model of {shape[-1]} channels. Received: samples=None")
        photos, described = sample_photographs(tuple(side or UNKNOWN_SIZE for side in shape[:2]))
        return photos.astype("float32") / (1.0 if scales_pixels(model) else 255.0), described
    samples = np.asarray(samples, "float32")
    fits = samples.ndim == 4 and all(known in (None, side) for known, side in zip(shape, samples.shape[1:]))
    if not fits or len(samples) == 0:
        raise ValueError(
            f"`samples` must be images of shape (batch, {', '.join(map(str, shape))}). Received: shape={samples.shape}"
        )
    return samples, f"{len(samples)} given images"


def as_uint8(model, images):
    """Images as the model takes them, as uint8 images."""
    return np.rint(images if scales_pixels(model) else images * 255.0).clip(0, 255).astype("uint8")


def write_beside(written, model, report, card):
    """Writes the model card, and the anchors of a detector without postprocessing, beside or inside what was written.

    Args:
        written: `pathlib.Path` of the file, or of the folder of a SavedModel, which is theirs too.
        model: The model.
        report: `ExportReport`.
        card: Dict of `describe_model`.
    """
    inside = report.format == "saved_model"
    folder, stem = (written, "") if inside else (written.parent, f"{written.name}.")
    if "box_regressions" in card["outputs"]:
        card["anchors"] = f"{stem}anchors.npy"
        np.save(folder / card["anchors"], model.anchors)
    card |= {
        "format": report.format,
        "precision": report.precision,
        "bytes": report.size,
        "difference": {
            "of_the_largest_output": report.difference,
            "absolute": report.absolute_difference,
            "tolerance": report.tolerance,
            "on": report.samples,
        },
        "versions": describe_versions(report.format),
    }
    write_model_card(folder / f"{stem}card.json", card)
