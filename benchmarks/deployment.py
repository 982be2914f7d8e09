"""Accuracy, size and latency of exported files in each format and precision, for runs trained on digits.

    KERAS_BACKEND=tensorflow python benchmarks/deployment.py --classifier runs/digits/best.weights.h5 \
        --segmenter runs/segmenter/best.weights.h5 --detector runs/detector/best.weights.h5

Calibration images are of the training split, what is measured is the test split. Latency is that of one image with one
thread; the files of a model take turns.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from timing import interleaved_medians, machine

from keras_mobilevitv3 import DeepLabV3, SSDLite, build_classifier, export
from keras_mobilevitv3.commands.model_files import load_all
from keras_mobilevitv3.demo.digits import load_digits
from keras_mobilevitv3.export.detection_decoding import DetectionDecoding
from keras_mobilevitv3.export.runtimes import open_artefact
from keras_mobilevitv3.export.write_artefact import PRECISIONS, SUFFIXES
from training.data.digit_scenes import digit_scenes_detection_sources, digit_scenes_segmentation_sources
from training.metrics.coco_average_precision import coco_average_precision
from training.metrics.mean_iou import MeanIoU

CALIBRATION = 60
FORMATS = ("litert", "onnx", "openvino")


def classifier(variant, weights):
    """The model, images to calibrate it, images to test it, and the function from outputs to its score."""
    digits = load_digits()
    model = build_classifier(variant, input_shape=(64, 64, 3), classes=10, weights=weights)

    def top1(outputs):
        return np.mean(outputs["scores"].argmax(-1) == digits.test_labels)

    return model, digits.train_images[:CALIBRATION], digits.test_images, top1


def segmenter(variant, weights):
    train, test = digit_scenes_segmentation_sources(192)
    model = DeepLabV3(
        variant, input_shape=(192, 192, 3), classes=11, output_stride=16, aux_head=False, include_preprocessing=True
    )
    load_all(model, weights, "DeepLabV3", unused=("aux_",))
    scenes = [test.renderer(number) for number in range(len(test))]
    masks = np.stack([scene.mask for scene in scenes])

    def mean_iou(outputs):
        metric = MeanIoU(11, ignore_class=255)
        for start in range(0, len(masks), 20):
            metric.update_state(masks[start : start + 20], outputs["logits"][start : start + 20])
        return float(metric.result())

    return model, calibration_of(train), np.stack([scene.image for scene in scenes]), mean_iou


def detector(variant, weights):
    train, test = digit_scenes_detection_sources(160)
    model = SSDLite(variant, input_shape=(160, 160, 3), classes=10)
    load_all(model, weights, "SSDLite")
    decode, annotations = DetectionDecoding.of(model), test.to_coco()
    images = np.stack([test.renderer(number).image for number in range(len(test))])

    def average_precision(outputs):
        found = {name: np.asarray(values) for name, values in decode(outputs).items()}
        results = []
        for number, image in enumerate(annotations["images"]):
            for place in range(found["num_detections"][number]):
                left, top, right, bottom = found["boxes"][number, place].tolist()
                results.append(
                    {
                        "image_id": image["id"],
                        "category_id": int(found["labels"][number, place]) + 1,
                        "bbox": [left, top, right - left, bottom - top],
                        "score": float(found["confidence"][number, place]),
                    }
                )
        return next(iter(coco_average_precision(annotations, results).values()))

    return model, calibration_of(train), images, average_precision


def calibration_of(source):
    return np.stack([source.renderer(number).image for number in range(CALIBRATION)])


TASKS = {"classifier": (classifier, "top-1"), "segmenter": (segmenter, "mean IoU"), "detector": (detector, "AP")}


def measure(task, variant, weights, rounds):
    """Prints the rows of a model."""
    build, metric = TASKS[task]
    model, calibration, images, score = build(variant, weights)
    calibration, images = calibration.astype("float32"), images.astype("float32")
    print(
        f"\n{task} {variant}\n\n| format | precision | {metric} | bytes | of float32 | ms |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        reports, runs = [], {}
        for format in FORMATS:
            for precision in PRECISIONS[format]:
                path = Path(folder) / f"{precision}{SUFFIXES[format]}"
                options = {"calibration": calibration} if precision == "int8" else {}
                reports.append(export(model, path, format, precision, postprocessing=False, verbose=False, **options))
                runs[format, precision] = open_artefact(path, format, threads=1)
        calls = {key: (lambda run=run: run(images[:1])) for key, run in runs.items()}
        times = interleaved_medians(calls, rounds, warm_up=3)
        for report in reports:
            key = (report.format, report.precision)
            whole = next(other.size for other in reports if other.format == report.format)
            print(
                f"| {report.format} | {report.precision} | {score(runs[key](images)):.2%} | {report.size:,} | "
                f"{report.size / whole:.0%} | {times[key] * 1e3:.2f} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(
        description="Exported files measured.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for task in TASKS:
        parser.add_argument(f"--{task}", metavar="FILE", help=f"weights of a {task} trained on digits")
    parser.add_argument("--variant", default="mobilevitv3_xxs", help="id of the network")
    parser.add_argument("--rounds", type=int, default=30, help="timed calls of each file")
    arguments = parser.parse_args()
    print(machine())
    for task in TASKS:
        if getattr(arguments, task):
            measure(task, arguments.variant, getattr(arguments, task), arguments.rounds)


if __name__ == "__main__":
    main()
