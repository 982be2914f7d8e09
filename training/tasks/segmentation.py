"""Segmentation: cross entropy of pixels, and mean intersection over union by both published protocols."""

from dataclasses import replace

import keras
import numpy as np

from keras_mobilevitv3 import DeepLabV3, PSPNet, build_backbone, predict_segmentation
from keras_mobilevitv3.datasets import published_dataset
from training.batches.corrupt_images import CorruptImages
from training.batches.evaluation import build_evaluation, evaluation_config
from training.metrics.mean_iou import MeanIoU
from training.report.class_scores import iou_rows
from training.settings import SegmentationRecipe
from training.sources.open_sources import open_segmentation_sources
from training.sources.source import UnreadableSampleError
from training.tasks.task import Task
from training.tasks.trained_head import trained_head

PROTOCOLS = ("original", "squash")
HEADS = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}


def build_model(recipe, variant, class_names, size=None, **kwargs):
    """Builds the network of a recipe.

    Args:
        recipe: `SegmentationRecipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        class_names: Sequence of strings.
        size: Pair of integers, height and width of the images, or a pair of `None` for any size. Defaults to `None`,
            the image size of the recipe.
        **kwargs: Additional arguments of the head, such as `upsampling`.
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
    """Returns the loss, the cross entropy of the labelled pixels, and the metric, mean intersection over union."""
    ignore_class = recipe.data.ignore_class
    return {
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignore_class),
        "metrics": [MeanIoU(classes, ignore_class=ignore_class, name="mean_iou")],
    }


def evaluate(recipe, variant, weights, data, data_dir=None, protocols=PROTOCOLS):
    """Evaluates a segmenter on the evaluation split of a data set.

    - `"original"`: the evaluation of the published figures. A model of any input size predicts each image as
      `predict_segmentation(model, image, size=image_size)` does. The prediction is compared with the mask of the
      original size.
    - `"squash"`: the evaluation in training. Images and masks are squashed to `image_size`. A model of this fixed size
      sees the same pixels in `predict_segmentation`.

    Args:
        recipe: `SegmentationRecipe`. Its head, sizes and ignored label are used.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, see `weights` of `DeepLabV3`.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.
        protocols: Sequence of the names above. Defaults to both protocols.

    Returns:
        Dict from protocol to a dict of `mean_iou`, in [0, 1], `iou`, and `images`, the number of images. `iou` is a
        dict from class name to float, `NaN` for classes that occur neither in masks nor in predictions.
    """
    _, validation = open_segmentation_sources(data, data_dir, recipe)
    recipe = replace(recipe, weights=str(weights))
    with trained_head(weights):
        return _evaluate(recipe, variant, validation, protocols)


def _evaluate(recipe, variant, validation, protocols):
    evaluations = {"original": _evaluate_original, "squash": _evaluate_squashed}
    results = {}
    for protocol in protocols:
        metric = MeanIoU(len(validation.class_names), ignore_class=recipe.data.ignore_class)
        count = evaluations[protocol](recipe, variant, validation, metric)
        iou = dict(zip(validation.class_names, (float(value) for value in metric.per_class()), strict=True))
        results[protocol] = {"mean_iou": float(metric.result()), "iou": iou, "images": count}
    return results


def describe(results):
    """Returns lines of text with the result of `evaluate`, and one line for each class."""
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
    """Predicts the images one by one and compares each prediction with the mask of the image."""
    model = build_model(recipe, variant, validation.class_names, size=(None, None))
    images = (recipe.data.max_steps or len(validation)) * recipe.data.eval_batch_size
    corrupt, count = CorruptImages(len(validation), recipe.data.max_corrupt_share), 0
    for reference in validation.references()[:images]:
        try:
            image, mask = validation.load(reference)
        except UnreadableSampleError as error:
            corrupt.add([(validation.name(reference), str(error))])
            continue
        count += 1
        classes = predict_segmentation(model, image, size=recipe.data.image_size)
        metric.update_state(mask[None], np.eye(metric.num_classes, dtype="float32")[classes][None])
    return count


def facts(recipe):
    """Returns the facts of the network for the report of a run."""
    return {"head": recipe.head, "image_size": recipe.data.image_size, "output_stride": recipe.output_stride}


def scores(*run):
    """Returns the mean intersection over union and that of each class, by the protocol `"squash"` of `evaluate`."""
    result = evaluate(*run, protocols=["squash"])["squash"]
    return {"figures": {"mean IoU": result["mean_iou"]}, "rows": iou_rows(result["iou"])}


SEGMENTATION = Task(
    name="segmentation",
    noun="segmenter",
    recipe_class=SegmentationRecipe,
    data_help="digit_scenes, the folder of PASCAL VOC 2012 or of ADE20K, a folder of pictures and masks, or the name "
    "of a data set of TensorFlow Datasets",
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
