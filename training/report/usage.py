"""Python code and a command that use the weights of a training run. Both run in the folder of the run."""

from training.report.trained_run import TrainedRun

CLASS_FILE = "report/classes.txt"
KERAS_FILE = "model.keras"

CLASSIFIER = """\
from pathlib import Path

from keras_mobilevitv3 import build_classifier, predict_classes

class_names = Path("{class_file}").read_text(encoding="utf-8").splitlines()
model = build_classifier(
    "{variant}", weights="{weights}", classes={classes}, input_shape=({size}, {size}, 3)
)
print(predict_classes(model, "photo.jpg", class_names=class_names))
"""
SEVERAL_LABELS = """\
from pathlib import Path

from keras_mobilevitv3 import build_classifier, predict_classes

class_names = Path("{class_file}").read_text(encoding="utf-8").splitlines()
model = build_classifier(
    "{variant}",
    weights="{weights}",
    classes={classes},
    input_shape=({size}, {size}, 3),
    classifier_activation=None,
)
print(predict_classes(model, "photo.jpg", class_names=class_names, activation="sigmoid"))
model.save("{keras_file}")
"""
SEGMENTER = """\
from keras_mobilevitv3 import {builder}, predict_segmentation

model = {builder}(
    "{variant}",
    classes={classes},
    output_stride={output_stride},
    input_shape=({size}, {size}, 3),
    weights="{weights}",
)
print(predict_segmentation(model, "photo.jpg"))  # number of the class of each pixel
"""
DETECTOR = """\
from pathlib import Path

from keras_mobilevitv3 import SSDLite, predict_detections

class_names = Path("{class_file}").read_text(encoding="utf-8").splitlines()
model = SSDLite("{variant}", classes={classes}, input_shape=({size}, {size}, 3), weights="{weights}")
(found,) = predict_detections(model, "photo.jpg")
for label, confidence, box in zip(found["labels"], found["confidence"], found["boxes"]):
    print(class_names[label], confidence, box)  # left, top, right and bottom in pixels
"""
CODE = {"classification": CLASSIFIER, "segmentation": SEGMENTER, "detection": DETECTOR}
BUILDERS = {"deeplabv3": "DeepLabV3", "pspnet": "PSPNet"}


def python_code(run: TrainedRun, weights: str) -> str:
    """Returns Python code that builds the model of a run and predicts on a picture.

    Args:
        run: `TrainedRun`.
        weights: String, name of the weights file in the folder of the run.
    """
    code = SEVERAL_LABELS if run.several_labels else CODE[run.task]
    return code.format(
        builder=BUILDERS.get(run.head),
        variant=run.variant,
        weights=weights,
        classes=len(run.class_names),
        size=run.image_size,
        output_stride=run.output_stride,
        class_file=CLASS_FILE,
        keras_file=KERAS_FILE,
    )


def export_command(run: TrainedRun, weights: str) -> str:
    """Returns the command that writes the model of a run as an ONNX file.

    With several labels, the command exports the `.keras` file that `python_code` saves: the command builds classifiers
    of a weights file with a softmax.

    Args:
        run: `TrainedRun`.
        weights: String, name of the weights file in the folder of the run.
    """
    if run.several_labels:
        options = [f"--weights {KERAS_FILE} --activation sigmoid"]
    else:
        options = [f"--weights {weights} --variant {run.variant} --head {run.head} --size {run.image_size}"]
    if run.task == "segmentation":
        options.append(f"--output-stride {run.output_stride}")
    return " ".join(["keras-mobilevitv3 export", *options, f"--classes {CLASS_FILE} --format onnx --out model.onnx"])
