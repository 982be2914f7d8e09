"""Trains a detector by a recipe.

    python -m training.train_detector --recipe digit_scenes_detection --workdir runs/scenes
    python -m training.train_detector --recipe coco2017_ssdlite_multi_head --variant mobilevitv3_xs --data COCO \
        --workdir runs/coco_xs --strategy mirrored

The same command goes on where it was interrupted. The backend is that of the variable KERAS_BACKEND.
"""

import sys
from functools import partial

from keras_mobilevitv3 import SSDLite, build_backbone
from keras_mobilevitv3.datasets import published_dataset
from training.callbacks import EvaluateDetections
from training.program import Program, main, train
from training.recipe import DetectionRecipe
from training.sources.open_sources import open_detection_sources


def build_model(recipe, variant, class_names, **kwargs):
    """The network of a recipe.

    Args:
        recipe: `DetectionRecipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        class_names: Sequence of strings.
        **kwargs: Further arguments of `SSDLite`.
    """
    size = recipe.data.image_size
    weights, backbone = recipe.weights, variant
    if published_dataset(weights, "classifier") is not None:
        backbone, weights = build_backbone(variant, weights=weights, input_shape=(size, size, 3)), None
    return SSDLite(backbone, classes=len(class_names), weights=weights, input_shape=(size, size, 3), **kwargs)


def callbacks(recipe, validation, average):
    """The evaluation by which the best averages are chosen, where that is not the loss."""
    if recipe.monitor == "val_loss":
        return []
    return [EvaluateDetections(validation, recipe.data, average)]


PROGRAM = Program(
    noun="detector",
    recipe_class=DetectionRecipe,
    data_help="digit_scenes, a folder (COCO, or images and JSON files in its manner), or a name of TensorFlow Datasets",
    trial_data="digit_scenes",
    open_sources=open_detection_sources,
    build_model=build_model,
    compile_arguments=lambda recipe, classes: {},
    monitor=lambda recipe: recipe.monitor,
    callbacks=callbacks,
)

train_detector = partial(train, PROGRAM)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
