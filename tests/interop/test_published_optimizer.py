import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.families import FAMILIES
from keras_mobilevitv3.interop.published_optimizer import published_optimizer
from training.recipes import find_recipe

RECIPES = {
    "classification": "imagenet1k_{}",
    "segmentation": "voc2012_deeplabv3_{}",
    "detection": "coco2017_ssdlite_{}",
}


@pytest.mark.once
@pytest.mark.parametrize("task", RECIPES)
@pytest.mark.parametrize("attention", FAMILIES)
def test_settings_are_those_of_the_recipe(task, attention):
    recipe = find_recipe(RECIPES[task].format(attention))
    optimizer = published_optimizer(task, FAMILIES[attention])
    assert type(optimizer).__name__ == "AdamW"
    assert float(optimizer.learning_rate) == np.float32(recipe.schedule.max_learning_rate)
    assert optimizer.weight_decay == recipe.optimizer.weight_decay
    assert optimizer.global_clipnorm == recipe.optimizer.max_gradient_norm
    assert (task in FAMILIES[attention].tasks_without_decay_of_vectors) is not recipe.optimizer.decay_1d


@pytest.mark.parametrize("steps", [5, 100, 20000])
def test_schedule(steps):
    schedule = published_optimizer("detection", FAMILIES["multi_head"], steps=steps)._learning_rate
    rates = np.array([float(schedule(ops.convert_to_tensor(step))) for step in (0, min(500, steps // 10), steps)])
    first = 9e-5 if steps >= 10 else 9e-4
    np.testing.assert_allclose(rates, [first, 9e-4, 1e-6], rtol=1e-3, atol=1e-8)


def test_learning_rate_of_ones_own():
    assert float(
        published_optimizer("detection", FAMILIES["separable"], learning_rate=0.1).learning_rate
    ) == pytest.approx(0.1)


@pytest.mark.once
def test_steps_are_checked():
    with pytest.raises(ValueError, match="`steps` must be a positive integer or None. Received: steps=0"):
        published_optimizer("detection", FAMILIES["separable"], steps=0)
