"""Shrinks recipes for a short trial, for `--smoke`."""

from dataclasses import fields, replace

from keras_mobilevitv3.datasets import DATASETS

SMALL = {
    "image_size": 64,
    "batch_size": 4,
    "eval_batch_size": 4,
    "eval_resize_size": None,
    "eval_image_size": 64,
    "max_steps": 4,
}


def smoke(recipe):
    """Returns a small version of a recipe, which takes about a minute on a CPU.

    The small version has every part of the recipe, with small images and batches and two epochs of four steps. A recipe
    that starts from published weights starts from random weights instead, because a trial downloads nothing.
    """
    data = recipe.data
    small = {setting.name: SMALL[setting.name] for setting in fields(data) if setting.name in SMALL}
    if data.sampler == "multi_scale":
        small["image_sizes"] = (64, 96)
    start = {"weights": None} if getattr(recipe, "weights", None) in DATASETS else {}
    return replace(
        recipe,
        epochs=2,
        data=replace(data, **small),
        schedule=replace(recipe.schedule, warmup_steps=min(recipe.schedule.warmup_steps, 2)),
        precision="float32",
        checkpoint_steps=2,
        **start,
    )
