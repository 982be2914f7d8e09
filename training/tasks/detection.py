"""Detection: the loss of SSD, and the figures of COCO."""

from dataclasses import replace

from keras_mobilevitv3 import SSDLite, build_backbone
from keras_mobilevitv3.datasets import published_dataset
from training.batches.evaluation import evaluation_config
from training.callbacks import EvaluateDetections
from training.detection_results import detection_results, evaluated_part
from training.metrics.coco_average_precision import FIGURES, coco_average_precision
from training.settings import DetectionRecipe
from training.sources.open_sources import open_detection_sources
from training.tasks.task import Task
from training.tasks.trained_head import trained_head


def build_model(recipe, variant, class_names, **kwargs):
    """Builds the network of a recipe.

    Args:
        recipe: `DetectionRecipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        class_names: Sequence of strings.
        **kwargs: Additional arguments of `SSDLite`.
    """
    size = recipe.data.image_size
    weights, backbone = recipe.weights, variant
    if published_dataset(weights, "classifier") is not None:
        backbone, weights = build_backbone(variant, weights=weights, input_shape=(size, size, 3)), None
    return SSDLite(backbone, classes=len(class_names), weights=weights, input_shape=(size, size, 3), **kwargs)


def callbacks(recipe, validation, average):
    """Returns the callback that computes the average precision, if the recipe selects the best averages by it."""
    if recipe.monitor == "val_loss":
        return []
    return [EvaluateDetections(validation, recipe.data, average)]


def evaluate(recipe, variant, weights, data, data_dir=None, **kwargs):
    """Evaluates a detector on the evaluation split of a data set by COCO's protocol.

    Args:
        recipe: `DetectionRecipe`. Its image size is used.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, see `weights` of `SSDLite`.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.
        **kwargs: Additional arguments of `SSDLite`: the thresholds. Their defaults are those of the family.

    Returns:
        Dict of the figures of `coco_average_precision`, and `images`, the number of images.
    """
    _, validation = open_detection_sources(data, data_dir, recipe)
    with trained_head(weights):
        model = build_model(replace(recipe, weights=str(weights)), variant, validation.class_names, **kwargs)
    results, image_ids = detection_results(model, validation, evaluation_config(recipe.data, variant))
    figures = coco_average_precision(evaluated_part(validation.to_coco(), image_ids), results)
    return {**figures, "images": len(image_ids)}


def describe(result):
    """Returns lines of text with the result of `evaluate`."""
    figures = "\n".join(f"  {name:<12}{value:>8.4f}" for name, value in result.items() if name != "images")
    return f"{result['images']} images\n{figures}"


def facts(recipe):
    """Returns the facts of the network for the report of a run."""
    return {"head": "ssdlite", "image_size": recipe.data.image_size}


def scores(*run):
    """Returns the figures of COCO, except those without a box of their kind. See `evaluate`."""
    return {"figures": {name: value for name, value in evaluate(*run).items() if name in FIGURES and value >= 0}}


DETECTION = Task(
    name="detection",
    noun="detector",
    recipe_class=DetectionRecipe,
    data_help="digit_scenes, a folder with annotations in the format of COCO, PASCAL VOC or YOLO, or the name of a "
    "data set of TensorFlow Datasets",
    trial_data="digit_scenes",
    open_sources=open_detection_sources,
    build_model=build_model,
    compile_arguments=lambda recipe, classes: {},
    monitor=lambda recipe: recipe.monitor,
    evaluate=evaluate,
    describe=describe,
    facts=facts,
    scores=scores,
    callbacks=callbacks,
)
