"""Segmentation: cross entropy of pixels, and mean intersection over union by both published protocols."""

from dataclasses import replace

import keras
import numpy as np

from keras_mobilevitv3 import DeepLabV3, PSPNet, build_backbone, predict_segmentation
from keras_mobilevitv3.datasets import published_dataset
from training.batches.evaluation import build_evaluation, evaluation_config
from training.metrics.mean_iou import MeanIoU
from training.report.class_scores import iou_rows
from training.settings import SegmentationRecipe
from training.sources.open_sources import open_segmentation_sources
from training.tasks.task import Task

PROTOCOLS = ("original", "squash")
HEADS = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}


def build_model(recipe, variant, class_names, size=None, **kwargs):
    """The network of a recipe, for images of its size.

    Args:
        recipe: `SegmentationRecipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        class_names: Sequence of strings.
        size: Pair of integers, height and width of the images, or of `None`. Defaults to `None`: those of the recipe.
        **kwargs: Further arguments of the head, as `upsampling`.
    """
    arguments = {
        "output_stride": recipe.output_stride,
        "input_shape": (*(size or (recipe.data.image_size, recipe.data.image_size)), 3),
    }
    weights, backbone = recipe.weights, variant
    if published_dataset(weights, "classifier") is not None:
        backbone, weights = build_backbone(variant, weights=weights, **arguments), None
    return HEADS[recipe.head](backbone, classes=len(class_names), weights=weights, **arguments, **kwargs)


def compile_arguments(recipe, classes):
    """Mean cross entropy of the pixels that have a class, and mean intersection over union."""
    ignore_class = recipe.data.ignore_class
    return {
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignore_class),
        "metrics": [MeanIoU(classes, ignore_class=ignore_class, name="mean_iou")],
    }


def evaluate(recipe, variant, weights, data, data_dir=None, protocols=PROTOCOLS):
    """Evaluates a segmenter on the evaluation split of a data set.

    - `"original"`: the evaluation behind stand-alone figures, image by image against masks of the original size: what
      `predict_segmentation(model, image, size=image_size)` predicts with a model of any size.
    - `"squash"`: the evaluation in training, images and masks squashed to `image_size`. A model of that fixed size sees
      the same pixels in `predict_segmentation`.

    Args:
        recipe: `SegmentationRecipe`, of which the head, the sizes and the label to be ignored are taken.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, as `weights` of a model.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.
        protocols: Sequence of the names above. Defaults to both.

    Returns:
        Dict from each protocol to a dict of `mean_iou`, in [0, 1], `iou`, a dict from the names of the classes to
        floats (`NaN` for classes that occur neither in masks nor in predictions), and `images`, how many there are.
    """
    _, validation = open_segmentation_sources(data, data_dir, recipe)
    recipe = replace(recipe, weights=str(weights))
    evaluations = {"original": _evaluate_original, "squash": _evaluate_squashed}
    results = {}
    for protocol in protocols:
        metric = MeanIoU(len(validation.class_names), ignore_class=recipe.data.ignore_class)
        count = evaluations[protocol](recipe, variant, validation, metric)
        iou = dict(zip(validation.class_names, (float(value) for value in metric.per_class()), strict=True))
        results[protocol] = {"mean_iou": float(metric.result()), "iou": iou, "images": count}
    return results


def describe(results):
    """Lines about the figures of `evaluate`, with those of each class."""
    lines = [
        f"mean IoU {result['mean_iou']:.2%} ({name}), {result['images']} images" for name, result in results.items()
    ]
    names = next(iter(results.values()))["iou"]
    for name in names:
        lines.append(f"  {name:<24}" + "".join(f"{result['iou'][name]:>10.2%}" for result in results.values()))
    return "\n".join(lines)


def _evaluate_squashed(recipe, variant, validation, metric):
    model = build_model(recipe, variant, validation.class_names)
    batches = build_evaluation(validation, evaluation_config(recipe.data, variant))
    for images, masks in batches:
        metric.update_state(masks, model.predict_on_batch(images))
    return min(len(validation), len(batches) * recipe.data.eval_batch_size)


def _evaluate_original(recipe, variant, validation, metric):
    """Predicts each image by itself and compares with its mask."""
    model = build_model(recipe, variant, validation.class_names, size=(None, None))
    images = (recipe.data.max_steps or len(validation)) * recipe.data.eval_batch_size
    references = validation.references()[:images]
    for reference in references:
        image, mask = validation.load(reference)
        classes = predict_segmentation(model, image, size=recipe.data.image_size)
        metric.update_state(mask[None], np.eye(metric.num_classes, dtype="float32")[classes][None])
    return len(references)


def facts(recipe):
    """Returns what the report of a run tells of the network."""
    return {"head": recipe.head, "image_size": recipe.data.image_size, "output_stride": recipe.output_stride}


def scores(*run):
    """Returns the mean intersection over union and that of each class, as in training. See `evaluate`."""
    result = evaluate(*run, protocols=["squash"])["squash"]
    return {"figures": {"mean IoU": result["mean_iou"]}, "rows": iou_rows(result["iou"])}


SEGMENTATION = Task(
    name="segmentation",
    noun="segmenter",
    recipe_class=SegmentationRecipe,
    data_help="digit_scenes, the folder of PASCAL VOC 2012 or of ADE20K, a folder of pictures and masks, or a name of "
    "TensorFlow Datasets",
    trial_data="digit_scenes",
    open_sources=open_segmentation_sources,
    build_model=build_model,
    compile_arguments=compile_arguments,
    monitor=lambda recipe: "val_mean_iou",
    evaluate=evaluate,
    describe=describe,
    facts=facts,
    scores=scores,
)
