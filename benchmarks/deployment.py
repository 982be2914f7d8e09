"""Accuracy, size and latency of exported files in each format and precision, for runs trained on digits.

    KERAS_BACKEND=tensorflow python benchmarks/deployment.py --classifier runs/digits/best.weights.h5 \
        --segmenter runs/segmenter/best.weights.h5 --detector runs/detector/best.weights.h5

Calibration images are of the training split, what is measured is the test split. Latency is that of one image with one
thread; the files of a model take turns.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # for `training`, which is not installed

from timing import interleaved_medians, machine  # noqa: E402

from keras_mobilevitv3 import export  # noqa: E402
from keras_mobilevitv3.exporting.formats import FORMATS  # noqa: E402
from keras_mobilevitv3.exporting.graph.detection_decoding import DetectionDecoding  # noqa: E402
from keras_mobilevitv3.exporting.runtimes import open_artefact  # noqa: E402
from training.batches.evaluation import build_evaluation  # noqa: E402
from training.detection_results import detection_results  # noqa: E402
from training.metrics import MeanIoU  # noqa: E402
from training.metrics.coco_average_precision import coco_average_precision  # noqa: E402
from training.recipes import find_recipe  # noqa: E402
from training.tasks import TASKS  # noqa: E402

CALIBRATION = 60  # images
MEASURED = ("litert", "onnx", "openvino")


def top1(model, run, source, config):
    right = 0.0
    for images, labels, weights in build_evaluation(source, config):
        hits = run(images)["logits"].argmax(-1) == labels.argmax(-1)
        right += np.sum(hits[weights > 0])
    return right / len(source)


def mean_iou(model, run, source, config):
    metric = MeanIoU(len(source.class_names), ignore_class=config.ignore_class)
    for images, masks in build_evaluation(source, config):
        metric.update_state(masks, run(images)["logits"])
    return float(metric.result())


def average_precision(model, run, source, config):
    decode = DetectionDecoding.of(model)

    def detect(images):
        return {name: np.asarray(values) for name, values in decode(run(images)).items()}

    results, _ = detection_results(SimpleNamespace(predict_on_batch=detect), source, config)
    return coco_average_precision(source.to_coco(), results)["AP"]


# Of each task: the program that trains it, its recipe, and the name and the function of its score.
RUNS = {
    "classifier": (TASKS["classification"], "digits", "top-1", top1),
    "segmenter": (TASKS["segmentation"], "digit_scenes_segmentation", "mean IoU", mean_iou),
    "detector": (TASKS["detection"], "digit_scenes_detection", "AP", average_precision),
}


def measure(task, variant, weights, rounds):
    """Prints the rows of a model."""
    program, recipe, metric, score = RUNS[task]
    recipe = replace(find_recipe(recipe), weights=weights)
    train, test = program.open_sources(recipe.default_data, None, recipe)
    model = program.build_model(recipe, variant, test.class_names)
    steps = -(-CALIBRATION // recipe.data.eval_batch_size)
    batches = build_evaluation(train, replace(recipe.data, max_steps=steps))
    calibration = np.concatenate([images for images, *_ in batches])[:CALIBRATION]
    print(
        f"\n{task} {variant}\n\n| format | precision | {metric} | bytes | of float32 | ms |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        reports, runs = [], {}
        for format in MEASURED:
            for precision in FORMATS[format].precisions:
                path = Path(folder) / f"{precision}{FORMATS[format].suffix}"
                options = {"calibration": calibration} if precision == "int8" else {}
                reports.append(export(model, path, format, precision, postprocessing=False, verbose=False, **options))
                runs[format, precision] = open_artefact(path, format, threads=1)
        calls = {key: (lambda run=run: run(calibration[:1])) for key, run in runs.items()}
        times = interleaved_medians(calls, rounds, warm_up=3)
        whole = {report.format: report.size for report in reports if report.precision == "float32"}
        for report in reports:
            key = (report.format, report.precision)
            print(
                f"| {report.format} | {report.precision} | {score(model, runs[key], test, recipe.data):.2%} | "
                f"{report.size:,} | {report.size / whole[report.format]:.0%} | {times[key] * 1e3:.2f} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(
        description="Exported files measured.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for task in RUNS:
        parser.add_argument(f"--{task}", metavar="FILE", help=f"weights of a {task} trained on digits")
    parser.add_argument("--variant", default="mobilevitv3_xxs", help="id of the network")
    parser.add_argument("--rounds", type=int, default=30, help="timed calls of each file")
    arguments = parser.parse_args()
    print(machine())
    for task in RUNS:
        if getattr(arguments, task):
            measure(task, arguments.variant, getattr(arguments, task), arguments.rounds)


if __name__ == "__main__":
    main()
