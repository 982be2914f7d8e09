"""Runs of segmenters and their evaluation, on a few scenes."""

import keras
import numpy as np
import pytest

from tests.tiny_networks import SHALLOW, tiny_classifier
from training.distribution import start_strategy
from training.override import override
from training.recipes import find_recipe, list_recipes
from training.settings import SegmentationRecipe
from training.smoke import smoke
from training.tasks.segmentation import SEGMENTATION, build_model, describe, evaluate, scores
from training.train import build_optimizer, compile_model, parse_arguments, train


@pytest.mark.once
@pytest.mark.parametrize("name", list_recipes(SegmentationRecipe))
def test_every_recipe_compiles(name):
    """The head, the stride, the auxiliary head of the family, and the rates of the head are those of the recipe."""
    recipe = override(find_recipe(name), ["weights=None", "data.image_size=128"])
    attention = "separable" if "separable" in name else "multi_head"
    model = build_model(recipe, SHALLOW[attention], "abcde")
    compile_model(SEGMENTATION, model, recipe, [5] * recipe.epochs, 5, start_strategy())
    layers = {layer.name: layer for layer in model.layers}
    assert layers["upsampling"].output.shape == (None, 128, 128, 5)
    assert ("psp" in layers, "aspp" in layers) == (recipe.head == "pspnet", recipe.head == "deeplabv3")
    assert ("aux_classifier" in layers) == (attention == "separable")
    assert layers["stage5_block1"].output.shape[1] == 128 // recipe.output_stride
    optimizer = build_optimizer(recipe, [5] * recipe.epochs)
    optimizer.build(model.trainable_variables)
    rates = {variable.path: optimizer.group_of(variable)[2] for variable in model.trainable_variables}
    expected = 10.0 if name == "voc2012_deeplabv3_multi_head" else 1.0
    assert rates["classifier/conv/bias"] == expected
    assert rates["stem/conv/kernel"] == (0.0 if recipe.optimizer.frozen_epochs else 1.0)


# Each family on some backend.
ATTENTION = "multi_head" if keras.backend.backend() == "tensorflow" else "separable"


@pytest.mark.release("jax", "tensorflow")  # graphs of a segmenter are those of tests/segmentation/test_segmenter.py
def test_run_and_evaluation(tmp_path):
    recipe = override(smoke(find_recipe("digit_scenes_segmentation")), ["epochs=1", "data.max_steps=2"])
    network = SHALLOW[ATTENTION]
    metrics = train(recipe, network, "digit_scenes", tmp_path / "run", start_strategy())
    assert {"loss", "val_loss", "val_mean_iou", "val_raw_mean_iou", "learning_rate"} <= metrics.keys()
    results = evaluate(recipe, network, tmp_path / "run/best.weights.h5", "digit_scenes")
    squash, original = results["squash"], results["original"]
    assert squash["mean_iou"] == pytest.approx(metrics["val_mean_iou"], abs=1e-6)
    assert (squash["images"], original["images"]) == (8, 8)
    # Scenes have the size of the recipe: nothing is resized, but for the logits in another way.
    assert original["mean_iou"] == pytest.approx(squash["mean_iou"], abs=0.01)
    told = scores(recipe, network, tmp_path / "run/best.weights.h5", "digit_scenes")
    assert told["figures"] == {"mean IoU": squash["mean_iou"]} and len(told["rows"]) == 11
    assert list(squash["iou"]) == ["background", *map(str, range(10))]
    assert "mean IoU" in describe(results) and "background" in describe(results)


@pytest.mark.once
def test_goes_on_from_a_classifier(tmp_path):
    source = tiny_classifier("multi_head")
    source.save_weights(tmp_path / "classifier.weights.h5")
    recipe = override(find_recipe("digit_scenes_segmentation"), [f"weights={tmp_path / 'classifier.weights.h5'}"])
    with pytest.warns(UserWarning, match="The head keeps its"):
        model = build_model(recipe, SHALLOW["multi_head"], "abc")
    expected = {weight.path: keras.ops.convert_to_numpy(weight) for weight in source.weights}
    taken = [weight for weight in model.weights if weight.path in expected]
    assert len(taken) == len(expected) - 7  # but for the head convolution and the classifier
    for weight in taken:
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), expected[weight.path])


@pytest.mark.once
def test_other_recipes_are_refused(capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--recipe", "digits"], "segmentation")
    assert "`recipe` must be one of ['ade20k_deeplabv3_separable'" in capsys.readouterr().err
    options = parse_arguments(["--recipe", "ade20k_pspnet_separable", "--smoke", "--workdir", "run"])
    assert (options.data, options.variant) == ("digit_scenes", "mobilevitv3_100")
