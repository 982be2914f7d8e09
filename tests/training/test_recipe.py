from dataclasses import replace

import pytest

from keras_mobilevitv3 import list_variants
from training.override import override
from training.recipes import find_recipe, list_recipes
from training.recipes.digits import RECIPE
from training.settings import ClassificationRecipe, DetectionRecipe, OptimizerConfig, Recipe, SegmentationRecipe
from training.smoke import smoke

pytestmark = pytest.mark.once

PUBLISHED = {
    "imagenet1k_multi_head": (300, 0.01, True, None, (2e-3, 2e-4, 2e-4, 3000), 0.0005),
    "imagenet1k_separable": (300, 0.05, False, 10.0, (2e-3, 2e-4, 1e-6, 20000), 0.0005),
    "imagenet1k_finetune_384": (10, 4e-5, False, 10.0, (1e-3, 1e-3, 0.0, 0), 0.00005),
    "imagenet1k_ablation": (100, 0.01, True, None, (2e-3, 2e-4, 2e-4, 3000), 0.0005),
}
# Optimizer, weight decay, decay of 1-D variables, clipping; schedule; epochs, batch on each replica.
DENSE = {
    "voc2012_deeplabv3_multi_head": (("adamw", 0.01, True, None), (9e-4, 1e-6, 9e-5, 500), (50, 12)),
    "voc2012_deeplabv3_separable": (("adamw", 0.05, False, 10.0), (5e-4, 1e-6, 5e-5, 500), (50, 32)),
    "ade20k_deeplabv3_separable": (("sgd", 1e-4, False, 10.0), (0.02, 0.0002, 0.0, 0), (120, 4)),
    "ade20k_pspnet_separable": (("sgd", 1e-4, False, 10.0), (0.02, 0.0002, 0.0, 0), (120, 4)),
    "coco2017_ssdlite_multi_head": (("adamw", 0.01, True, None), (9e-4, 1e-6, 9e-5, 500), (200, 32)),
    "coco2017_ssdlite_separable": (("adamw", 0.05, True, None), (9e-4, 1e-6, 9e-5, 500), (200, 32)),
}


OWN = ("digits", "digit_scenes_classification", "fine_tune_classification")


def test_list():
    assert list_recipes(ClassificationRecipe) == sorted([*PUBLISHED, *OWN])
    assert {*list_recipes(SegmentationRecipe), *list_recipes(DetectionRecipe)} >= set(DENSE)
    assert set(list_recipes()) >= {*PUBLISHED, *DENSE}
    with pytest.raises(ValueError, match=r"`recipe` must be one of \['ade20k_.*Received: recipe='cifar'"):
        find_recipe("cifar")
    with pytest.raises(ValueError, match="Received: recipe='digits'"):
        find_recipe("digits", DetectionRecipe)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers(name):
    recipe, (epochs, decay, decay_1d, clipping, rates, momentum) = find_recipe(name), PUBLISHED[name]
    assert recipe.name == name
    assert (recipe.epochs, recipe.average_momentum, recipe.label_smoothing) == (epochs, momentum, 0.1)
    optimizer = ("sgd" if name.endswith("384") else "adamw", decay, decay_1d, clipping)
    assert recipe.optimizer == OptimizerConfig(*optimizer)
    assert rates == rates_of(recipe.schedule)
    assert all(variant in list_variants() for variant in recipe.variants)


def rates_of(schedule):
    return (
        schedule.max_learning_rate,
        schedule.min_learning_rate,
        schedule.warmup_learning_rate,
        schedule.warmup_steps,
    )


@pytest.mark.parametrize("name", DENSE)
def test_published_numbers_of_dense_tasks(name):
    recipe, (optimizer, rates, sizes) = find_recipe(name), DENSE[name]
    found = recipe.optimizer
    assert recipe.name == name
    assert (found.name, found.weight_decay, found.decay_1d, found.max_gradient_norm) == optimizer
    assert rates_of(recipe.schedule) == rates and (recipe.epochs, recipe.data.batch_size) == sizes
    assert (recipe.average_momentum, recipe.weights, recipe.synchronize_batch_norm) == (0.0005, "imagenet", True)
    assert all(variant in list_variants() for variant in recipe.variants)


def test_what_the_dense_recipes_of_a_family_differ_in():
    voc, ade20k, pspnet = (find_recipe(name) for name in list(DENSE)[1:4])
    assert dict(find_recipe("voc2012_deeplabv3_multi_head").optimizer.learning_rate_multipliers) == {
        "aspp/*": 10.0,
        "classifier/*": 10.0,
    }
    assert voc.optimizer.learning_rate_multipliers == ()
    assert (voc.output_stride, ade20k.output_stride, pspnet.output_stride) == (16, 8, 8)
    assert (voc.data.ignore_class, ade20k.data.ignore_class, pspnet.head) == (255, -1, "pspnet")
    data = find_recipe("coco2017_ssdlite_separable").data
    assert (data.image_size, data.clip_boxes, data.min_crop_size, data.color_distortion) == (320, True, 100, "pillow")


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


@pytest.mark.parametrize(
    ("name", "assignment", "message"),
    [
        ("voc2012_deeplabv3_separable", "head=fcn", "`head` must be one of"),
        ("voc2012_deeplabv3_separable", "output_stride=4", "`output_stride` must be one of"),
        ("voc2012_deeplabv3_separable", "label_smoothing=0.1", "`label_smoothing` must be one of name"),
        ("coco2017_ssdlite_separable", "monitor=val_top1", "`monitor` must be one of"),
    ],
)
def test_bad_override_of_dense_recipes(name, assignment, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: "):
        override(find_recipe(name), [assignment])


@pytest.mark.parametrize("name", list_recipes())
def test_smoke_keeps_what_a_recipe_does(name):
    recipe = find_recipe(name)
    small = smoke(recipe)
    assert isinstance(small, Recipe) and type(small) is type(recipe)
    assert small.data.sampler == recipe.data.sampler and small.optimizer == recipe.optimizer
    if isinstance(recipe, ClassificationRecipe):
        assert small.data.mixup_alpha == recipe.data.mixup_alpha
    assert small.epochs * small.data.max_steps <= 8
    assert getattr(small, "weights", None) is None  # a trial downloads nothing
