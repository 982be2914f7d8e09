import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.tiny_networks import SHALLOW, TINY, tiny_classifier
from tests.training.one_device import OneDevice
from tests.training.sources.image_files import truncate, write_folder
from training.batches.corrupt_images import CorruptImagesError
from training.distribution import start_strategy
from training.distribution.synchronize_batch_norm import synchronize_batch_norm
from training.override import override
from training.recipes import find_recipe, list_recipes
from training.resume.run_record import write_run_record
from training.settings import ClassificationRecipe
from training.smoke import smoke
from training.sources.class_folders import FolderSource
from training.sources.open_sources import open_sources
from training.tasks import TASKS, classification
from training.tasks.classification import CLASSIFICATION, build_model, describe, evaluate, scores, settings_for
from training.train import compile_model, main, parse_arguments, train

BACKEND = keras.backend.backend()


@pytest.mark.once
@pytest.mark.parametrize("name", list_recipes(ClassificationRecipe))
def test_every_recipe_compiles(name):
    """The optimizer, the schedule and the shape of the input are those of the recipe."""
    recipe = find_recipe(name)
    model = build_model(recipe, SHALLOW["separable" if "separable" in name else "multi_head"], "abcdefg")
    compile_model(CLASSIFICATION, model, recipe, [5] * recipe.epochs, 7, start_strategy())
    config = model.optimizer.get_config()
    assert type(model.optimizer).__name__.lower() == recipe.optimizer.name
    assert (config["weight_decay"], config["decay_1d"]) == (recipe.optimizer.weight_decay, recipe.optimizer.decay_1d)
    assert config["learning_rate"]["config"]["epochs"] == recipe.epochs
    assert model.output_shape == (None, 7)
    fixed = recipe.data.sampler == "fixed" and recipe.data.image_size == recipe.data.evaluation_size
    assert model.input_shape[1] == (recipe.data.image_size if fixed else None)


@pytest.mark.once
def test_run_on_a_folder(tmp_path):
    """Two small epochs on photographs in folders, with everything the separable recipe does."""
    for split in ("train", "val"):
        write_folder(tmp_path / "photographs" / split, 9)
    recipe = replace(smoke(find_recipe("imagenet1k_separable")), epochs=1)
    workdir = tmp_path / "run"
    network = SHALLOW["separable"]
    metrics = train(recipe, network, str(tmp_path / "photographs"), workdir, OneDevice())
    assert {"loss", "val_loss", "val_top1", "val_raw_top1", "learning_rate"} <= metrics.keys()
    record = json.loads((workdir / "run.json").read_text())
    assert record["recipe"]["data"]["mixup_alpha"] == 0.2
    assert (record["backend"], record["seed"], record["num_replicas"]) == (BACKEND, 0, 1)
    assert record["versions"]["keras"] == keras.__version__
    header, row = (workdir / "log.csv").read_text().splitlines()
    assert dict(zip(header.split(","), row.split(",")))["val_top1"] == str(metrics["val_top1"])
    assert list((workdir / "logs" / "train").iterdir())
    with_best = build_model(replace(recipe, weights=str(workdir / "best.weights.h5")), network, "ab")
    with_last = build_model(replace(recipe, weights=str(workdir / "last.weights.h5")), network, "ab")
    for best, last in zip(with_best.get_weights(), with_last.get_weights()):
        np.testing.assert_array_equal(best, last)  # one epoch is the best of one
    whole = replace(recipe, data=replace(recipe.data, max_steps=None, eval_batch_size=5))
    for steps, result, images in ((recipe, metrics, 16), (whole, None, 18)):
        found = evaluate(steps, network, workdir / "last.weights.h5", str(tmp_path / "photographs"))
        assert found["images"] == images
        if result:
            assert found["top1"] == pytest.approx(result["val_top1"])
        assert found["top5"] == 1  # of two classes
    matrix = scores(whole, network, workdir / "last.weights.h5", str(tmp_path / "photographs"))["matrix"]
    assert matrix.sum() == 18 and matrix.sum(axis=1).tolist() == [9, 9]
    assert matrix.trace() / 18 == pytest.approx(found["top1"])


@pytest.mark.once
@pytest.mark.release  # tests/training/batches has the error
def test_too_many_corrupt_images_stop_the_run(tmp_path):
    for split in ("train", "val"):
        write_folder(tmp_path / split, 9)
    damaged = tmp_path / "train" / "china" / "004.jpg"
    truncate(damaged)
    recipe = smoke(find_recipe("digits"))
    with pytest.raises(CorruptImagesError, match=f"1 of 18 images cannot be read, .*Among them: {damaged}"):
        train(recipe, SHALLOW["multi_head"], str(tmp_path), tmp_path / "run", OneDevice())


@pytest.mark.once
def test_workdir_of_another_run(tmp_path):
    recipe = find_recipe("digits")
    write_run_record(tmp_path, recipe, variant="mobilevitv3_xxs")
    before = (tmp_path / "run.json").read_bytes()
    write_run_record(tmp_path, recipe, variant="mobilevitv3_xxs")
    assert (tmp_path / "run.json").read_bytes() == before
    other = override(recipe, ["data.batch_size=8"])
    with pytest.raises(
        ValueError, match=r"`workdir` must be new, or of the same run.* recipe.data.batch_size 8 \(was 64\)$"
    ):
        write_run_record(tmp_path, other, variant="mobilevitv3_xxs")


@pytest.mark.once
def test_not_finite_loss_stops_the_run(tmp_path):
    recipe = smoke(find_recipe("digits"))
    recipe = replace(recipe, schedule=replace(recipe.schedule, warmup_learning_rate=1e30))
    with pytest.raises(FloatingPointError, match="The loss is .* at step .* learning rate 5"):
        train(recipe, SHALLOW["multi_head"], "digits", tmp_path, OneDevice())


@pytest.mark.once
def test_all_batch_norms_are_synchronized():
    model = build_model(find_recipe("digits"), TINY["multi_head"], "abc")
    expected = sum(weight.path.endswith("moving_mean") for weight in model.weights)
    assert synchronize_batch_norm(model, lambda values: values) == expected > 20


@pytest.mark.once
def test_synchronized_statistics_of_one_replica_are_its_own():
    images = np.random.default_rng(0).uniform(0, 255, (6, 32, 32, 3)).astype("float32")
    recipe = find_recipe("digits")
    results, models = [], [build_model(recipe, TINY["separable"], "abc") for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    synchronize_batch_norm(models[1], lambda values: values)
    for model in models:
        outputs = model(keras.ops.image.resize(images, (64, 64)), training=True)
        moving = [weight for weight in model.weights if "moving" in weight.path]
        results.append([keras.ops.convert_to_numpy(value) for value in (outputs, *moving)])
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe", "cifar"], "`recipe` must be one of"),
        (["--recipe", "digits", "--set", "epochs=x"], "must be of type int"),
        (["--recipe", "digits", "--variant", "mobilevit_xl"], "--variant must be an id"),
        (["--recipe", "imagenet1k_separable"], "--data must be given"),
    ],
)
def test_bad_arguments(capsys, arguments, message):
    with pytest.raises(SystemExit):
        parse_arguments([*arguments, "--workdir", "run"])
    assert message in capsys.readouterr().err


@pytest.mark.once
def test_arguments():
    options = parse_arguments(["--recipe", "imagenet1k_multi_head", "--smoke", "--set", "epochs=1"])
    assert (options.recipe.epochs, options.data, options.variant) == (1, "digits", "mobilevitv3_xxs")
    options = parse_arguments(["--recipe", "digits", "--precision", "mixed_bfloat16"])
    assert options.recipe.precision == "mixed_bfloat16"


@pytest.mark.once
def test_unknown_data(tmp_path):
    with pytest.raises(ValueError, match="`data` must be 'digits', a folder, or .* Received: data='no_such_set'"):
        open_sources("no_such_set")


def test_wrong_backend_is_told(tmp_path, capsys):
    strategy = "jax" if BACKEND != "jax" else "mirrored"
    arguments = ["--recipe", "digits", "--workdir", str(tmp_path), "--strategy", strategy]
    assert main(arguments) == 1
    assert f"needs the backend {'jax' if strategy == 'jax' else 'tensorflow'}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.once
def test_virtual_devices_need_a_strategy():
    with pytest.raises(ValueError, match="`cpu_devices` must be None with `strategy='one'`.*Received: cpu_devices=2"):
        start_strategy("one", 2)
    with pytest.raises(ValueError, match="`strategy` must be one of"):
        start_strategy("horovod")


@pytest.mark.once
def test_run_on_images_with_several_labels(tmp_path):
    paths = write_folder(tmp_path / "data" / "images", 8)
    rows = [
        f"{path.parent.name}/{path.name},{('china', 'china;flower')[number % 2]}" for number, path in enumerate(paths)
    ]
    (tmp_path / "data" / "labels.csv").write_text("\n".join(["file,label", *rows]))
    recipe = override(smoke(find_recipe("digits")), ["epochs=1", "data.max_steps=1"])
    arguments = (recipe, SHALLOW["multi_head"], str(tmp_path / "data"))
    metrics = train(*arguments, tmp_path / "run", OneDevice())
    assert {"loss", "accuracy", "mean_ap", "val_mean_ap"} <= metrics.keys()
    assert (tmp_path / "run" / "best.weights.h5").is_file()
    weights = tmp_path / "run" / "last.weights.h5"
    found = evaluate(recipe, SHALLOW["multi_head"], weights, str(tmp_path / "data"))
    assert found["mean_ap"] == pytest.approx(metrics["val_mean_ap"])
    rows = scores(recipe, SHALLOW["multi_head"], weights, str(tmp_path / "data"))["rows"]
    assert [(row["class"], row["images"]) for row in rows] == [("china", 3), ("flower", 3)]
    assert describe(found).startswith("mean average precision ") and "accuracy" in describe(found)


@pytest.mark.once
def test_class_weights_of_a_data_set(tmp_path):
    write_folder(tmp_path / "train", 4)
    (tmp_path / "train" / "china" / "000.jpg").unlink()
    source = FolderSource(tmp_path / "train")
    recipe = override(find_recipe("fine_tune_classification"), ["data.balance_classes=True"])
    weights = settings_for(recipe, source).data.class_weights
    np.testing.assert_allclose(weights, [7 / (2 * 3), 7 / (2 * 4)])
    assert settings_for(find_recipe("digits"), source) == find_recipe("digits")
    with pytest.raises(ValueError, match="`balance_classes` needs a data set with one label per image"):
        settings_for(recipe, object())


@pytest.mark.once
def test_published_weights_for_other_classes(monkeypatch):
    """All layers but the last one start from the published weights."""
    published = tiny_classifier("multi_head", classes=1000)
    build = classification.build_classifier

    def build_classifier(variant, weights, classes=1000, **kwargs):
        model = build(variant, weights=None, classes=classes, **kwargs)
        if weights == "imagenet":
            model.set_weights(published.get_weights())
        return model

    monkeypatch.setattr(classification, "build_classifier", build_classifier)
    recipe = override(find_recipe("fine_tune_classification"), ["weights=imagenet"])
    model = build_model(recipe, SHALLOW["multi_head"], "abc")
    assert model.output_shape == (None, 3)
    for layer, trained in zip(model.layers[:-1], published.layers[:-1], strict=True):
        for found, expected in zip(layer.get_weights(), trained.get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.once
def test_no_better_result_ends_the_run(tmp_path, capsys):
    recipe = override(smoke(find_recipe("digits")), ["patience=1", "epochs=4", "data.max_steps=1"])
    recipe = override(recipe, ["schedule.max_learning_rate=0.0", "schedule.min_learning_rate=0.0"])
    recipe = override(recipe, ["schedule.warmup_steps=0", "average_momentum=1.0"])
    train(recipe, SHALLOW["multi_head"], "digits", tmp_path, OneDevice())
    assert "No better val_top1 in 1 epochs" in capsys.readouterr().out
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3  # the header and two epochs
    assert train(recipe, SHALLOW["multi_head"], "digits", tmp_path, OneDevice()) == {}


@pytest.mark.once
def test_arguments_without_a_recipe(capsys):
    options = parse_arguments(["--task", "classification", "--data", "photos/pets", "--weights", "imagenet"])
    assert options.recipe.name == "fine_tune_classification" and options.recipe.weights == "imagenet"
    assert (options.variant, options.workdir) == ("mobilevitv3_xs", "runs/pets_mobilevitv3_xs")
    assert parse_arguments(["--data", "x", "--class-weights"], "classification").recipe.data.balance_classes
    for arguments, message in (
        (["--data", "x"], "--recipe or --task must be given"),
        (["--task", "detection", "--data", "x", "--class-weights"], "--class-weights is for classification"),
    ):
        with pytest.raises(SystemExit):
            parse_arguments(arguments)
        assert message in capsys.readouterr().err


@pytest.mark.once
@pytest.mark.release  # builds published networks, and draws
def test_fine_tuning_by_one_command(tmp_path, capsys):
    """From a folder of class folders to weights, a report, and a command that exports."""
    write_folder(tmp_path / "photographs", 9)
    sizes = [f"--set=data.{name}=32" for name in ("image_size", "eval_image_size")]
    arguments = ["--data", str(tmp_path / "photographs"), "--variant", "mobilevitv3_xxs", "--workdir", str(tmp_path)]
    workdir = tmp_path / "run"
    arguments = [*arguments[:-1], str(workdir), *sizes, "--set=epochs=2", "--class-weights"]
    assert main(arguments, "classification") == 0
    output = capsys.readouterr().out
    assert f"Report: {workdir}/report/README.md" in output and "keras-mobilevitv3 export --weights best" in output
    written = {path.name for path in (workdir / "report").iterdir()}
    assert {"README.md", "confusion_matrix.png", "curves.png", "per_class.csv"} <= written
    card = (workdir / "report" / "README.md").read_text()
    assert "`optimizer.frozen_epochs` | `1`" in card and "2: china, flower" in card


@pytest.mark.once
@pytest.mark.parametrize("task", TASKS)
def test_a_head_without_weights_is_not_evaluated(task, tmp_path):
    """Published weights and checkpoints of classifiers fit the backbone only."""
    data = "digits" if task == "classification" else "digit_scenes"
    recipe = find_recipe(f"fine_tune_{task}")
    with pytest.raises(ValueError, match="`weights` must have a head for the classes of the data set.*'imagenet'"):
        TASKS[task].evaluate(recipe, SHALLOW["multi_head"], "imagenet", data)
    if task != "classification":
        tiny_classifier("multi_head").save_weights(tmp_path / "classifier.weights.h5")
        recipe = override(recipe, ["weights=None", "data.image_size=64"])
        with pytest.raises(ValueError, match="(?s)`weights` must have a head.*The head keeps"):
            TASKS[task].evaluate(recipe, SHALLOW["multi_head"], tmp_path / "classifier.weights.h5", data)


@pytest.mark.once
def test_evaluation_images_have_the_training_size_by_default():
    recipe = override(find_recipe("fine_tune_classification"), ["data.image_size=64"])
    assert recipe.data.evaluation_size == 64
    assert build_model(recipe, SHALLOW["multi_head"], "ab").input_shape == (None, 64, 64, 3)
