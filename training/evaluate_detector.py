"""COCO's twelve figures of a detector."""

from dataclasses import replace

from training.batches.evaluation import evaluation_config
from training.detection_results import detection_results, evaluated_part
from training.metrics.coco_average_precision import coco_average_precision
from training.train_detector import PROGRAM


def evaluate_detector(recipe, variant, weights, data, data_dir=None, **kwargs):
    """Evaluates a detector on the evaluation split of a data set, as COCO does.

    Args:
        recipe: `DetectionRecipe`, of which the size of the images is taken.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, as `weights` of a model.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.
        **kwargs: Further arguments of `SSDLite`: the thresholds, which are those of the family by default.

    Returns:
        Dict of the figures of `coco_average_precision`, and `images`, how many there are.
    """
    _, validation = PROGRAM.open_sources(data, data_dir, recipe)
    model = PROGRAM.build_model(replace(recipe, weights=str(weights)), variant, validation.class_names, **kwargs)
    results, image_ids = detection_results(model, validation, evaluation_config(recipe.data, variant))
    figures = coco_average_precision(evaluated_part(validation.to_coco(), image_ids), results)
    return {**figures, "images": len(image_ids)}


def describe(result):
    """Lines about the figures of `evaluate_detector`."""
    figures = "\n".join(f"  {name:<12}{value:>8.4f}" for name, value in result.items() if name != "images")
    return f"{result['images']} images\n{figures}"
