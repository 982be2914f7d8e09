"""The command `training.evaluate`."""

import json
from dataclasses import asdict

import pytest

from training import evaluate
from training.evaluate import main
from training.override import override, restored
from training.recipes import find_recipe, list_recipes
from training.resume.run_record import write_run_record

pytestmark = pytest.mark.once


def test_a_folder_without_a_run(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--recipe", "digits", "--workdir", str(tmp_path)])
    assert stop.value.code == 2
    assert f"--workdir must be the folder of a run, with its run.json. Received: {tmp_path}" in capsys.readouterr().err


def test_weights_or_a_run(capsys):
    with pytest.raises(SystemExit):
        main(["--recipe", "digits"])
    assert "one of the arguments --workdir --weights is required" in capsys.readouterr().err


def test_weights_need_a_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["--weights", "imagenet"])
    assert "--recipe must be given with --weights" in capsys.readouterr().err


def test_a_run_is_evaluated_with_its_settings(tmp_path, monkeypatch, capsys):
    recipe = override(
        find_recipe("digits"), ["data.image_size=32", "data.eval_image_size=32", "data.crop_scale=(0.5, 1.0)"]
    )
    write_run_record(tmp_path, recipe, variant="mobilevitv3_xs", data="digits")
    seen = []

    class Task:
        def evaluate(self, *run):
            seen.append(run)
            return {"top1": 0.5}

        def describe(self, result):
            return str(result)

    monkeypatch.setattr(evaluate, "find_task", lambda recipe: Task())
    assert main(["--workdir", str(tmp_path)]) == 0
    assert [run[:2] for run in seen] == [(recipe, "mobilevitv3_xs")] * 3
    assert {run[3] for run in seen} == {"digits"}
    assert main(["--workdir", str(tmp_path), "--set", "data.eval_batch_size=7"]) == 0
    assert seen[-1][0].data.eval_batch_size == 7 and seen[-1][0].data.image_size == 32


@pytest.mark.parametrize("name", list_recipes())
def test_recipes_survive_their_record(name):
    recipe = find_recipe(name)
    other = override(recipe, ["epochs=3", "data.batch_size=5", "optimizer.weight_decay=0.5"])
    assert restored(recipe, json.loads(json.dumps(asdict(other)))) == other
