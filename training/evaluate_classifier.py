"""Top-1 and top-5 accuracy of a classifier."""

from dataclasses import replace

from training.batches.evaluation import build_evaluation, evaluation_config
from training.batches.fit_data import fit_data
from training.train_classifier import PROGRAM

NAMES = {"top1": "top-1", "top5": "top-5", "accuracy": "accuracy", "mean_ap": "mean average precision"}


def evaluate_classifier(recipe, variant, weights, data, data_dir=None):
    """Evaluates a classifier on the evaluation split of a data set.

    Args:
        recipe: `ClassificationRecipe`, of which the resize, the crop and the batch size of evaluation are taken.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, as `weights` of a model.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.

    Returns:
        Dict of `top1` and `top5`, in [0, 1], and `images`, how many there are. For images with several labels, the dict
        has `accuracy` and `mean_ap` in place of the first two.
    """
    _, validation = PROGRAM.open_sources(data, data_dir, recipe)
    model = PROGRAM.build_model(replace(recipe, weights=str(weights)), variant, validation.class_names)
    model.compile(**PROGRAM.compile_arguments(recipe, len(validation.class_names)))
    batches = build_evaluation(validation, evaluation_config(recipe.data, variant))
    result = model.evaluate(fit_data(batches), return_dict=True, verbose=0)
    return {**{name: value for name, value in result.items() if name != "loss"}, "images": len(validation)}


def describe(result):
    """One line about the figures of `evaluate_classifier`."""
    figures = [f"{NAMES[name]} {value:.2%}" for name, value in result.items() if name in NAMES]
    return "   ".join([*figures, f"{result['images']} images"])
