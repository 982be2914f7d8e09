"""Runs of detectors and their evaluation, on a few scenes."""

from dataclasses import replace

import numpy as np
import pytest

from keras_mobilevitv3.weights import DownloadError
from tests.tiny_networks import SHALLOW
from tests.training.one_device import OneDevice
from training.detection_results import detection_results, evaluated_part
from training.distribution import start_strategy
from training.metrics.coco_average_precision import FIGURES, coco_average_precision
from training.override import override
from training.recipes import find_recipe, list_recipes
from training.settings import DetectionRecipe
from training.smoke import smoke
from training.sources.array_scenes import ArrayDetectionSource
from training.tasks import TASKS
from training.tasks.detection import DETECTION, build_model, describe, evaluate, scores
from training.train import compile_model, main, parse_arguments, train


@pytest.mark.once
@pytest.mark.parametrize("name", list_recipes(DetectionRecipe))
def test_every_recipe_compiles(name):
    recipe = override(find_recipe(name), ["weights=None", "data.image_size=64"])
    model = build_model(recipe, SHALLOW["separable" if "separable" in name else "multi_head"], "abcde")
    compile_model(DETECTION, model, recipe, [5] * recipe.epochs, 5, start_strategy())
    assert model.classes == 5 and model.input_shape == (None, 64, 64, 3)
    assert model.optimizer.weight_decay == recipe.optimizer.weight_decay


@pytest.mark.release("jax", "tensorflow")  # compiled steps of a detector are those of tests/detection/test_ssdlite.py
def test_run_and_evaluation(tmp_path):
    settings = ["epochs=1", "data.max_steps=2", "monitor=val_map"]
    recipe = override(smoke(find_recipe("digit_scenes_detection")), settings)
    network = SHALLOW["separable"]
    metrics = train(recipe, network, "digit_scenes", tmp_path / "run", OneDevice())
    assert {"loss", "val_loss", "val_raw_loss", "learning_rate"} <= metrics.keys()
    assert np.isfinite(metrics["val_loss"]) and (tmp_path / "run/best.weights.h5").exists()
    result = evaluate(recipe, network, tmp_path / "run/best.weights.h5", "digit_scenes")
    assert result["images"] == 8 and set(FIGURES) < set(result)
    assert result["AP"] == pytest.approx(metrics["val_map"], abs=1e-6)
    told = scores(recipe, network, tmp_path / "run/best.weights.h5", "digit_scenes")["figures"]
    assert told == {name: result[name] for name in FIGURES if result[name] >= 0}
    assert "AP50" in describe(result)


class Oracle:
    """Finds what there is to find, in images of another size than the originals."""

    def __init__(self, source, size):
        self.boxes = np.stack([boxes * size for boxes in source.rel_boxes])
        self.labels = np.stack(source.labels)
        self.seen = 0

    def predict_on_batch(self, images):
        part = np.arange(self.seen, self.seen + len(images)) % len(self.boxes)
        self.seen += len(images)
        count = self.labels.shape[1]
        return {
            "boxes": self.boxes[part],
            "labels": self.labels[part],
            "confidence": np.full((len(images), count), 0.9),
            "num_detections": np.full(len(images), count),
        }


@pytest.mark.once
def test_results_are_in_pixels_of_the_originals():
    """What is all found in squashed images has an average precision of 1 in the original ones."""
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 0.5, (5, 3, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.1, 0.5, (5, 3, 2))], axis=-1)
    labels = rng.integers(0, 4, (5, 3))
    images = rng.integers(0, 256, (5, 60, 90, 3)).astype("uint8")
    source = ArrayDetectionSource(images, list(boxes * [90, 60, 90, 60]), list(labels), "abcd")
    source.rel_boxes = boxes
    data = override(find_recipe("digit_scenes_detection").data, ["image_size=32", "eval_batch_size=2"])
    results, image_ids = detection_results(Oracle(source, 32), source, data)
    assert len(results) == 15 and image_ids == list(range(5))
    truth = source.to_coco()
    assert coco_average_precision(truth, results)["AP"] == pytest.approx(1)
    part = evaluated_part(truth, [1, 3])
    assert [image["id"] for image in part["images"]] == [1, 3]
    assert {each["image_id"] for each in part["annotations"]} == {1, 3}


@pytest.mark.once
def test_what_could_not_begin_is_told_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    def build_model(*args):
        raise DownloadError("No source gave the weights")

    arguments = ["--recipe", "digit_scenes_detection", "--smoke", "--workdir", str(tmp_path / "run")]
    monkeypatch.setitem(TASKS, "detection", replace(DETECTION, build_model=build_model))
    assert main(arguments) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "DownloadError: No source gave the weights"
    assert not (tmp_path / "run").exists()


@pytest.mark.once
def test_other_recipes_are_refused(capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--recipe", "digits"], "detection")
    assert "`recipe` must be one of ['coco2017_ssdlite_multi_head'" in capsys.readouterr().err
