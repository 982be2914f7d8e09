"""`keras-mobilevitv3 export`."""

import json
from dataclasses import asdict
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.model_files import (
    DEFAULT_VARIANT,
    OUTPUT_STRIDES,
    check_own_settings,
    check_size,
    check_weights_file,
    head_of,
    is_keras_file,
    load_all,
)
from keras_mobilevitv3.commands.picture_files import check_files

NAME = "export"
SUMMARY = "write a model for TF Serving, LiteRT, ONNX or OpenVINO"
DESCRIPTION = (
    "Writes a classifier, segmenter or detector for another runtime, runs it there on photographs, and fails if it "
    "differs from the Keras model. A model card is written beside it."
)
CLASSIFIER_SIZE, SEGMENTER_SIZE, DETECTOR_SIZE = 256, 512, 320  # as published
HEADS = {"classifier": CLASSIFIER_SIZE, "deeplabv3": SEGMENTER_SIZE, "pspnet": SEGMENTER_SIZE, "ssdlite": DETECTOR_SIZE}
# Published weights of each head, and their classes.
PUBLISHED = {
    "classifier": {"imagenet": 1000},
    "deeplabv3": {"pascal_voc": 21, "ade20k": 150},
    "pspnet": {},
    "ssdlite": {"coco": 80},
}
PUBLISHED_STRIDE = {"ade20k": 8}


def add_arguments(parser):
    parser.add_argument(
        "--weights",
        required=True,
        help="'imagenet', 'pascal_voc', 'ade20k' or 'coco' (downloaded on first use), or the path of a checkpoint or "
        ".keras file (required)",
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="PATH",
        help="file to write, ending in .tflite, .onnx or .xml; for a SavedModel the folder of the model, in which a "
        "folder for each version is made (required)",
    )
    parser.add_argument(
        "--format",
        choices=("saved_model", "litert", "onnx", "openvino"),
        default="saved_model",
        help="format (default: %(default)s)",
    )
    parser.add_argument(
        "--variant",
        help=f"id of the network; a .keras file brings its own (default: {DEFAULT_VARIANT})",
    )
    parser.add_argument(
        "--head", choices=tuple(HEADS), help="head on it; a .keras file brings its own (default: classifier)"
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="height and width of the images; a .keras file has its own (default: 256; 512 for deeplabv3 and pspnet; "
        "320 for ssdlite)",
    )
    parser.add_argument(
        "--output-stride",
        type=int,
        choices=OUTPUT_STRIDES,
        help="of deeplabv3 and pspnet: pixels of the image per pixel of the last map (default: 16; 8 with 'ade20k')",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "float16", "dynamic_int8", "int8"),
        default="float32",
        help="precision; a SavedModel has float32, 'dynamic_int8' is for LiteRT, 'int8' for others too "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--calibration",
        nargs="+",
        metavar="PICTURE",
        help="pictures for 'int8', some fifty like those that the model will see; resized to its input",
    )
    parser.add_argument(
        "--classes", metavar="FILE", help="text file of class names, one a line; published ones or numbers if left out"
    )
    parser.add_argument(
        "--raw", action="store_true", help="leave the decoding of a detector out, and write its anchors beside it"
    )
    parser.add_argument("--class-map", action="store_true", help="classes of pixels instead of logits of a segmenter")
    parser.add_argument(
        "--activation",
        choices=("softmax", "sigmoid", "none", "features"),
        help="what makes probabilities of the outputs of a .keras classifier: softmax (of one class each) or sigmoid "
        "(of several labels), none if they are probabilities, or features if they never are; needed where its last "
        "layer does not tell",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="N",
        help="images per call, fixed in the file (default: any number; one for LiteRT)",
    )
    parser.add_argument(
        "--version", type=int, metavar="N", help="of a SavedModel; one more than the latest if left out"
    )
    parser.add_argument(
        "--tolerance", type=float, metavar="X", help="how much an output may differ, as a part of its largest value"
    )
    replacing = parser.add_mutually_exclusive_group()
    replacing.add_argument(
        "--overwrite",
        action="store_true",
        default=None,
        help="replace the folder of a version too, if everything in it was written by this command; files are replaced "
        "if left out",
    )
    replacing.add_argument(
        "--no-overwrite", dest="overwrite", action="store_false", default=None, help="replace no file either"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    check_files(arguments.classes, *(arguments.calibration or []))
    check_size(arguments.size)
    if (arguments.precision == "int8") != bool(arguments.calibration):
        raise ValueError(
            "--calibration must be given for --precision int8, and only for this precision. "
            f"Received: --precision {arguments.precision}"
        )
    published = check_weights_file(arguments.weights, PUBLISHED[arguments.head or "classifier"])
    if not is_keras_file(arguments.weights):
        check_head_options(arguments, arguments.head or "classifier")

    from keras_mobilevitv3.exporting.export_arguments import check_format
    from keras_mobilevitv3.exporting.export_model import export

    check_format(Path(arguments.out), arguments.format, arguments.precision, arguments.version)
    model = load_model(arguments, published)
    report = export(
        model,
        arguments.out,
        format=arguments.format,
        precision=arguments.precision,
        tolerance=arguments.tolerance,
        calibration=calibration_images(model, arguments.calibration),
        postprocessing=not arguments.raw,
        class_map=arguments.class_map,
        class_names=class_names(arguments, published),
        batch_size=arguments.batch_size,
        version=arguments.version,
        weights=arguments.weights,
        verbose=False,
        overwrite=arguments.overwrite,
        activation=arguments.activation,
    )
    print(json.dumps(asdict(report), indent=2, default=str) if arguments.json else report)


def check_head_options(arguments, head):
    """Raises `ValueError` for an option that does not apply to a head."""
    for given, option, heads in (
        (arguments.output_stride is not None, "--output-stride", ("deeplabv3", "pspnet")),
        (arguments.class_map, "--class-map", ("deeplabv3", "pspnet")),
        (arguments.raw, "--raw", ("ssdlite",)),
    ):
        if given and head not in heads:
            raise ValueError(f"{option} must be left out unless the head is {' or '.join(heads)}. Received: {head}")


def load_model(arguments, published):
    """The model that `--variant`, `--head`, `--weights` and `--size` ask for."""
    weights, head = arguments.weights, arguments.head
    if is_keras_file(weights):
        import keras

        model = keras.saving.load_model(weights, compile=False)
        check_own_settings(model, weights, arguments.variant, head, arguments.size, arguments.output_stride)
        check_head_options(arguments, head_of(model))
        return model
    head, variant = head or "classifier", arguments.variant or DEFAULT_VARIANT
    size = arguments.size or HEADS[head]
    options = {
        "classes": PUBLISHED[head][weights] if published else number_of_classes(weights),
        "input_shape": (size, size, 3),
        "weights": weights if published else None,
    }
    if head in ("deeplabv3", "pspnet"):
        options["output_stride"] = arguments.output_stride or PUBLISHED_STRIDE.get(weights, 16)
        options["aux_head"] = False
    model = builder(head)(variant, **options)
    if not published:
        load_all(model, weights, f"{head} on {variant}", unused=("aux_",))
    return model


def builder(head):
    from keras_mobilevitv3.classification.classifier import build_classifier
    from keras_mobilevitv3.detection.ssdlite import SSDLite
    from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
    from keras_mobilevitv3.segmentation.pspnet import PSPNet

    return {"classifier": build_classifier, "deeplabv3": DeepLabV3, "pspnet": PSPNet, "ssdlite": SSDLite}[head]


def calibration_images(model, paths):
    """Pictures squashed to the input of a model, in its range, or `None` for no paths."""
    if not paths:
        return None
    import numpy as np

    from keras_mobilevitv3.preprocessing import read_image, resize_image
    from keras_mobilevitv3.preprocessing.pixel_range import from_pixels

    size = tuple(side or CLASSIFIER_SIZE for side in model.inputs[0].shape[1:3])
    images = np.stack([np.asarray(resize_image(read_image(path), size), "float32") for path in paths])
    return from_pixels(model, images)


def class_names(arguments, published):
    """Names from the file, those of ImageNet for its weights, or `None` for what `export` finds."""
    if arguments.classes is not None:
        return Path(arguments.classes).read_text(encoding="utf-8").splitlines()
    if not published or arguments.weights != "imagenet":
        return None
    import numpy as np

    from keras_mobilevitv3.preprocessing import decode_predictions

    try:
        return [best[0][1] for best in decode_predictions(np.eye(1000), top=1)]
    except RuntimeError:  # without a network they stay numbers
        return None
