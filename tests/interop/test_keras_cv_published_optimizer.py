import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.interop.keras_cv.published_optimizer import published_optimizer
from training.recipes import find_recipe

RECIPES = {
    ("segmentation", "multi_head"): "voc2012_deeplabv3_multi_head",
    ("segmentation", "separable"): "voc2012_deeplabv3_separable",
    ("detection", "multi_head"): "coco2017_ssdlite_multi_head",
    ("detection", "separable"): "coco2017_ssdlite_separable",
}


@pytest.mark.parametrize("key", RECIPES, ids=str)
def test_settings_are_those_of_the_recipe(key):
    recipe = find_recipe(RECIPES[key])
    optimizer = published_optimizer(*key)
    assert float(optimizer.learning_rate) == pytest.approx(recipe.schedule.max_learning_rate)
    assert optimizer.weight_decay == recipe.optimizer.weight_decay
    assert optimizer.global_clipnorm == recipe.optimizer.max_gradient_norm


@pytest.mark.parametrize("steps", [5, 100, 20000])
def test_schedule(steps):
    schedule = published_optimizer("detection", "multi_head", steps=steps)._learning_rate
    rates = np.array([float(schedule(ops.convert_to_tensor(step))) for step in (0, min(500, steps // 10), steps)])
    first = 9e-5 if steps >= 10 else 9e-4
    np.testing.assert_allclose(rates, [first, 9e-4, 1e-6], rtol=1e-3, atol=1e-8)


def test_learning_rate_of_ones_own():
    assert float(published_optimizer("detection", "separable", learning_rate=0.1).learning_rate) == pytest.approx(0.1)
