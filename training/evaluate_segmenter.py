"""Mean intersection over union of a segmenter, by both published protocols."""

from dataclasses import replace

import numpy as np

from keras_mobilevitv3 import predict_segmentation
from training.batches.evaluation import build_evaluation, evaluation_config
from training.metrics.mean_iou import MeanIoU
from training.train_segmenter import PROGRAM

PROTOCOLS = ("original", "squash")


def evaluate_segmenter(recipe, variant, weights, data, data_dir=None, protocols=PROTOCOLS):
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
    _, validation = PROGRAM.open_sources(data, data_dir, recipe)
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
    """Lines about the figures of `evaluate_segmenter`, with those of each class."""
    lines = [
        f"mean IoU {result['mean_iou']:.2%} ({name}), {result['images']} images" for name, result in results.items()
    ]
    names = next(iter(results.values()))["iou"]
    for name in names:
        lines.append(f"  {name:<24}" + "".join(f"{result['iou'][name]:>10.2%}" for result in results.values()))
    return "\n".join(lines)


def _evaluate_squashed(recipe, variant, validation, metric):
    model = PROGRAM.build_model(recipe, variant, validation.class_names)
    batches = build_evaluation(validation, evaluation_config(recipe.data, variant))
    for images, masks in batches:
        metric.update_state(masks, model.predict_on_batch(images))
    return min(len(validation), len(batches) * recipe.data.eval_batch_size)


def _evaluate_original(recipe, variant, validation, metric):
    """Predicts each image by itself and compares with its mask."""
    model = PROGRAM.build_model(recipe, variant, validation.class_names, size=(None, None))
    images = (recipe.data.max_steps or len(validation)) * recipe.data.eval_batch_size
    references = validation.references()[:images]
    for reference in references:
        image, mask = validation.load(reference)
        classes = predict_segmentation(model, image, size=recipe.data.image_size)
        metric.update_state(mask[None], np.eye(metric.num_classes, dtype="float32")[classes][None])
    return len(references)
