"""The comparison of heads, on a tiny network and a few scenes."""

import json

import pytest

pytest.importorskip("keras_cv")
pytest.importorskip("keras_hub")

from keras_mobilevitv3 import DeepLabV3, SSDLite  # noqa: E402
from keras_mobilevitv3.interop import keras_cv  # noqa: E402
from keras_mobilevitv3.interop.keras_hub import (
    deeplab_v3,
    retinanet,  # noqa: E402
)
from tests.tiny_networks import SHALLOW  # noqa: E402
from training.interop import compare, heads  # noqa: E402
from training.recipes import find_recipe  # noqa: E402

pytestmark = pytest.mark.once

NETWORK = SHALLOW["multi_head"]
TINY_BUILDERS = {
    "keras_mobilevitv3": {
        "segmentation": lambda recipe, names: DeepLabV3(NETWORK, classes=len(names), input_shape=(64, 64, 3)),
        "detection": lambda recipe, names: SSDLite(NETWORK, classes=len(names), input_shape=(64, 64, 3)),
    },
    "keras_hub": {
        "segmentation": lambda recipe, names: deeplab_v3(NETWORK, classes=len(names)),
        "detection": lambda recipe, names: heads.detecting(
            retinanet(NETWORK, classes=len(names), max_level=5, head_convolutions=1)
        ),
    },
    "keras_cv": {
        "segmentation": lambda recipe, names: keras_cv.deeplab_v3_plus(NETWORK, len(names), input_shape=(64, 64, 3)),
        "detection": lambda recipe, names: heads.keras_cv_detecting(
            keras_cv.retinanet(NETWORK, len(names), "xyxy", input_shape=(64, 64, 3), head_convolutions=1)
        ),
    },
}


@pytest.mark.parametrize(
    ("task", "figures"),
    [
        ("segmentation", {"mean_iou"}),
        ("detection", {"AP", "AP50"}),
    ],
)
@pytest.mark.release  # tests/interop trains each head; this test runs the program that compares them
def test_all_heads_are_trained_and_measured(task, figures, monkeypatch, tmp_path):
    monkeypatch.setattr(compare, "BUILDERS", TINY_BUILDERS)
    monkeypatch.setattr(compare, "TEST_SCENES", 8)
    budget = ["--epochs", "1", "--scenes", "16", "--size", "64", "--workdir", str(tmp_path)]
    assert compare.main(["--task", task, *budget]) == 0
    lines = [json.loads(line) for line in (tmp_path / "figures.jsonl").read_text("utf-8").splitlines()]
    assert [line["library"] for line in lines] == list(compare.BUILDERS)
    for line in lines:
        assert set(line) == {"library", "task", "parameters", "seconds", *figures}
        assert all(0 <= line[name] <= 1 for name in figures)
        assert (tmp_path / f"{line['library']}_{task}.weights.h5").is_file()


def test_learning_rates_of_a_recipe_in_proportion():
    recipe = find_recipe("digit_scenes_detection")
    rates = compare.at_rate(recipe, 1e-3).schedule
    assert (rates.max_learning_rate, rates.warmup_steps) == (1e-3, recipe.schedule.warmup_steps)
    assert rates.min_learning_rate == pytest.approx(1e-5) and rates.warmup_learning_rate == pytest.approx(1e-4)
    assert compare.at_rate(recipe, None) is recipe


def test_each_library_has_both_tasks():
    assert all(set(builders) == set(compare.SOURCES) for builders in compare.BUILDERS.values())
