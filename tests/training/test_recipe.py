from dataclasses import replace

import pytest

from keras_mobilevitv3 import list_variants
from training.recipe import OptimizerConfig, Recipe, override, smoke
from training.recipes import find_recipe, list_recipes
from training.recipes.digits import RECIPE

PUBLISHED = {
    "imagenet1k_multi_head": (300, 0.01, True, None, (2e-3, 2e-4, 2e-4, 3000), 0.0005),
    "imagenet1k_separable": (300, 0.05, False, 10.0, (2e-3, 2e-4, 1e-6, 20000), 0.0005),
    "imagenet1k_finetune_384": (10, 4e-5, False, 10.0, (1e-3, 1e-3, 0.0, 0), 0.00005),
    "imagenet1k_ablation": (100, 0.01, True, None, (2e-3, 2e-4, 2e-4, 3000), 0.0005),
}


def test_list():
    assert list_recipes() == sorted([*PUBLISHED, "digits"])
    with pytest.raises(ValueError, match=r"`recipe` must be one of \['digits', .*Received: recipe='cifar'"):
        find_recipe("cifar")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers(name):
    recipe, (epochs, decay, decay_1d, clipping, rates, momentum) = find_recipe(name), PUBLISHED[name]
    assert recipe.name == name
    assert (recipe.epochs, recipe.average_momentum, recipe.label_smoothing) == (epochs, momentum, 0.1)
    optimizer = ("sgd" if name.endswith("384") else "adamw", decay, decay_1d, clipping)
    assert recipe.optimizer == OptimizerConfig(*optimizer)
    schedule = recipe.schedule
    assert rates == (
        schedule.max_learning_rate,
        schedule.min_learning_rate,
        schedule.warmup_learning_rate,
        schedule.warmup_steps,
    )
    assert all(variant in list_variants() for variant in recipe.variants)


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("epochs=3", "epochs", 3),
        ("label_smoothing=0", "label_smoothing", 0.0),
        ("weights=runs/best.weights.h5", "weights", "runs/best.weights.h5"),
        ("weights=None", "weights", None),
        ("synchronize_batch_norm=True", "synchronize_batch_norm", True),
        ("variants=['mobilevitv3_s']", "variants", ("mobilevitv3_s",)),
    ],
)
def test_override(assignment, name, value):
    changed = override(RECIPE, [assignment])
    assert changed == replace(RECIPE, **{name: value})
    assert type(getattr(changed, name)) is type(value)


def test_override_of_parts():
    changed = override(RECIPE, ["data.batch_size=8", "optimizer.max_gradient_norm=1", "data.crop_scale=(0.5, 1.0)"])
    assert (changed.data.batch_size, changed.data.crop_scale) == (8, (0.5, 1.0))
    assert changed.optimizer == replace(RECIPE.optimizer, max_gradient_norm=1.0)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", "must be `name=value`"),
        ("epoch=3", "`epoch` must be one of name, .*data"),
        ("data=3", "`data` must be one of"),
        ("epochs.x=3", "`epochs` must be one of"),
        ("data.batches=3", "`batches` must be one of image_size"),
        ("epochs=many", "must be of type int"),
        ("epochs=1.5", "must be of type int"),
        ("label_smoothing=True", "must be of type float"),
        ("synchronize_batch_norm=1", "must be of type bool"),
        ("data.sampler=square", "`sampler` must be one of"),
        ("precision=float8", "`precision` must be one of"),
        ("epochs=0", "`epochs` must be at least 1"),
        ("label_smoothing=1", r"`label_smoothing` must be in \[0, 1\)"),
        ("optimizer.name=lion", "`name` must be one of"),
    ],
)
def test_bad_override(assignment, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: "):
        override(RECIPE, [assignment])


@pytest.mark.parametrize("name", ["digits", *PUBLISHED])
def test_smoke_keeps_what_a_recipe_does(name):
    recipe = find_recipe(name)
    small = smoke(recipe)
    assert isinstance(small, Recipe)
    assert (small.data.sampler, small.data.mixup_alpha) == (recipe.data.sampler, recipe.data.mixup_alpha)
    assert small.optimizer == recipe.optimizer
    assert small.epochs * small.data.max_steps <= 8
