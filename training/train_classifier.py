"""Trains a classifier by a recipe.

    python -m training.train_classifier --recipe digits --workdir runs/digits
    python -m training.train_classifier --recipe imagenet1k_multi_head --variant mobilevitv3_xs \
        --data imagenet2012 --workdir runs/xs --strategy mirrored

The same command goes on where it was interrupted. The backend is that of the variable KERAS_BACKEND.
"""

import sys
from functools import partial

import keras

from keras_mobilevitv3 import build_classifier
from training.program import Program, main, train
from training.recipe import ClassificationRecipe
from training.sources.open_sources import open_sources


def build_model(recipe, variant, class_names):
    """The network of a recipe, for images of its one size, or of any size."""
    size = recipe.data.image_size if recipe.data.sampler == "fixed" else None
    if size != recipe.data.eval_image_size:
        size = None
    return build_classifier(
        variant,
        weights=recipe.weights,
        classes=len(class_names),
        input_shape=(size, size, 3),
        classifier_activation=None,
    )


def compile_arguments(recipe, classes):
    """Cross entropy, and top-1 and top-5 accuracy of one-hot labels; the latter at most of as many as there are.

    For images with several labels: the mean binary cross entropy of the classes, the accuracy of single labels, and the
    mean average precision of the classes.
    """
    if recipe.data.labels == "several":
        return {
            "loss": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
            "weighted_metrics": [
                keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0),
                keras.metrics.AUC(curve="PR", name="mean_ap", multi_label=True, num_labels=classes, from_logits=True),
            ],
        }
    return {
        "loss": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        "weighted_metrics": [
            keras.metrics.CategoricalAccuracy(name="top1"),
            keras.metrics.TopKCategoricalAccuracy(min(5, classes), name="top5"),
        ],
    }


PROGRAM = Program(
    noun="classifier",
    recipe_class=ClassificationRecipe,
    data_help="digits, digit_scenes, a folder with train/ and val/, or a name of TensorFlow Datasets",
    trial_data="digits",
    open_sources=open_sources,
    build_model=build_model,
    compile_arguments=compile_arguments,
    monitor=lambda recipe: "val_mean_ap" if recipe.data.labels == "several" else "val_top1",
)

train_classifier = partial(train, PROGRAM)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
