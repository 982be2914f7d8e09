from dataclasses import dataclass, field, replace

import pytest

from tests.training.report.runs import CLASSIFIER
from training.report.trained_run import changed_settings


@dataclass(frozen=True)
class Data:
    batch_size: int = 32
    crop: tuple = (0.1, 1.0)


@dataclass(frozen=True)
class Recipe:
    name: str
    variants: tuple
    epochs: int
    data: Data
    seed: int = 0
    tags: list = field(default_factory=list)
    default_data: str | None = None


def test_only_changed_settings_are_told():
    recipe = Recipe("mine", ("mobilevitv3_xs",), 5, Data(batch_size=8), default_data="digits")
    assert changed_settings(recipe) == {"epochs": 5, "data.batch_size": 8}
    recipe = replace(recipe, data=Data(crop=(0.5, 1.0)), seed=1, tags=["a"])
    assert changed_settings(recipe) == {"epochs": 5, "data.crop": (0.5, 1.0), "seed": 1, "tags": ["a"]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"head": "deeplab"}, "`head` must be one of"),
        ({"variant": "mobilevitv3_xxxs"}, "`variant` must be one of"),
        ({"image_size": 0}, "`image_size` must be a positive integer"),
        ({"class_names": ()}, "`classes` must be a positive integer"),
        ({"head": "pspnet"}, "`output_stride` must be a positive integer"),
    ],
)
def test_wrong_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(CLASSIFIER, **wrong)


def test_tasks():
    assert CLASSIFIER.task == "classification"
    assert replace(CLASSIFIER, head="pspnet", output_stride=16).task == "segmentation"
    assert replace(CLASSIFIER, head="ssdlite").task == "detection"
