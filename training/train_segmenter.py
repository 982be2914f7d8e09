"""Trains a segmenter by a recipe.

    python -m training.train_segmenter --recipe digit_scenes_segmentation --workdir runs/scenes
    python -m training.train_segmenter --recipe voc2012_deeplabv3_multi_head --variant mobilevitv3_xs --data VOCdevkit \
        --workdir runs/voc_xs --strategy mirrored

The same command goes on where it was interrupted. The backend is that of the variable KERAS_BACKEND.
"""

import sys
from functools import partial

import keras

from keras_mobilevitv3 import DeepLabV3, PSPNet, build_backbone
from keras_mobilevitv3.datasets import published_dataset
from training.metrics.mean_iou import MeanIoU
from training.program import Program, main, train
from training.recipe import SegmentationRecipe
from training.sources.open_sources import open_segmentation_sources

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


PROGRAM = Program(
    noun="segmenter",
    recipe_class=SegmentationRecipe,
    data_help="digit_scenes, a folder (VOCdevkit, ADEChallengeData2016, or train/ and val/ with images/ and masks/ in "
    "each), or a name of TensorFlow Datasets",
    trial_data="digit_scenes",
    open_sources=open_segmentation_sources,
    build_model=build_model,
    compile_arguments=compile_arguments,
    monitor=lambda recipe: "val_mean_iou",
)

train_segmenter = partial(train, PROGRAM)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
