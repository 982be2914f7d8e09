"""The commands `summary` and `benchmark`, tables, and completion."""

import importlib
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands import benchmark
from keras_mobilevitv3.commands.terminal import print_table, progress_off_stdout, with_progress
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")


@pytest.mark.once
@pytest.mark.parametrize(("head", "last"), [("classifier", "predictions"), ("ssdlite", "ssd_head5")])
def test_summary(head, last, capsys):
    argv = ["summary", "tiny_separable", "--head", head, "--size", "64", "--classes", "7"]
    assert main([*argv, "--json"]) == 0
    layers = {layer["name"]: layer for layer in json.loads(capsys.readouterr().out)}
    assert layers["images"]["output_shape"] == [None, 64, 64, 3] and layers["images"]["parameters"] == 0
    assert layers[last]["parameters"] > 0
    if head == "classifier":
        assert main(argv) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in layers) and "Total params" in out


@pytest.mark.once
def test_summary_of_a_file(tmp_path, capsys, fails):
    tiny_classifier("multi_head", input_shape=(64, 64, 3)).save(tmp_path / "net.keras")
    assert main(["summary", str(tmp_path / "net.keras"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["output_shape"] == [None, 5]
    assert "no_such" in fails("summary", "no_such")
    assert "--size must be at least 32. Received: 0" in fails("summary", "tiny_separable", "--size", "0")


@pytest.mark.release("jax", "tensorflow")
def test_benchmark(tmp_path, capsys):
    tiny_classifier("multi_head", input_shape=(32, 64, 3)).save(tmp_path / "net.keras")
    names = ["tiny_separable", str(tmp_path / "net.keras")]
    options = ["--size", "32", "--batch", "2", "--rounds", "3"]
    assert main(["benchmark", *names, *options, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in rows] == names
    for row in rows:
        assert 0 < row["low_quartile_ms"] <= row["median_ms"] <= row["high_quartile_ms"]
        assert row["images_per_second"] == pytest.approx(2e3 / row["median_ms"])


@pytest.mark.once
def test_calls_take_turns_and_the_first_round_does_not_count(capsys):
    order = []
    times = benchmark.timed({name: lambda name=name: order.append(name) for name in "ab"}, rounds=2)
    assert order == list("ababab") and [len(seconds) for seconds in times.values()] == [2, 2]
    rows = [benchmark.describe("a", [0.01, 0.02, 0.03], 4), benchmark.describe("b", [0.04], 4)]
    benchmark.print_rows(rows)
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["a", "20.00", "10.00", "-", "30.00", "200.0", "1.00"]
    assert second.split() == ["b", "40.00", "40.00", "-", "40.00", "100.0", "0.50"]


@pytest.mark.once
def test_exported_files(tmp_path, monkeypatch, capsys):
    """Files are opened by their suffix, folders at the version that TF Serving would serve."""
    opened = []

    def open_artefact(path, format, threads, one_by_one):
        opened.append((path, format, threads))
        return lambda images: np.testing.assert_equal(images.shape, (1, 48, 48, 3))

    runtimes = importlib.import_module("keras_mobilevitv3.exporting.runtimes")
    monkeypatch.setattr(runtimes, "open_artefact", open_artefact)
    (tmp_path / "net.onnx").write_text("")
    for version in ("9", "10"):
        (tmp_path / "served" / version).mkdir(parents=True)
    files = [str(tmp_path / "net.onnx"), str(tmp_path / "served")]
    assert main(["benchmark", *files, "--size", "48", "--rounds", "1", "--threads", "2"]) == 0
    assert opened == [(tmp_path / "net.onnx", "onnx", 2), (tmp_path / "served" / "10", "saved_model", 2)]


@pytest.mark.once
def test_files_of_another_size(tmp_path, monkeypatch, fails):
    """What the runtime says alone would not tell what to do."""

    def open_artefact(path, format, threads, one_by_one):
        def run(images):
            raise RuntimeError("failed to reshape")

        return run

    monkeypatch.setattr(importlib.import_module("keras_mobilevitv3.exporting.runtimes"), "open_artefact", open_artefact)
    (tmp_path / "net.onnx").write_text("")
    line = fails("benchmark", tmp_path / "net.onnx", "--size", "48")
    assert "does not run on 1 images of 48x48; --size and --batch must be those that it takes: failed to" in line


@pytest.mark.once
@pytest.mark.parametrize("option", ["--size", "--batch", "--rounds", "--threads"])
def test_benchmark_with_wrong_numbers(option, fails):
    assert f"{option} must be at least 1. Received: 0" in fails("benchmark", "tiny_separable", option, "0")


@pytest.mark.once
def test_benchmark_of_nothing(fails, tmp_path):
    assert "no_such" in fails("benchmark", "no_such")
    assert "there is no file" in fails("benchmark", tmp_path / "no.onnx")
    assert "no SavedModel" in fails("benchmark", tmp_path)


@pytest.mark.once
def test_tables_are_as_wide_as_they_are_and_hold_no_markup(capsys):
    print_table({"name": "left", "count": "right"}, [("[red]a[/red] " + "x" * 200, "1")])
    heading, row = capsys.readouterr().out.splitlines()
    assert row.startswith("[red]a[/red] xxx") and row.endswith(" 1") and heading.endswith("count")


@pytest.mark.once
@pytest.mark.parametrize("wanted", [True, False])
def test_progress_of_keras(wanted, capsys):
    """Stdout is for JSON alone where that is wanted, and Keras has its setting back."""
    with progress_off_stdout(wanted):
        keras.utils.Progbar(1).update(1, finalize=True)
    assert (capsys.readouterr().out == "") == wanted
    assert keras.config.is_interactive_logging_enabled()


@pytest.mark.once
def test_progress_hands_on_all_paths(capsys):
    assert list(with_progress(["a", "b", "c"])) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


@pytest.mark.once
def test_completion(tmp_path):
    """As bash asks: with the line so far in the environment."""
    line, answer = "keras-mobilevitv3 bench", tmp_path / "answer"
    environment = {**os.environ, "_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    environment |= {"COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": " "}
    subprocess.run([sys.executable, "-m", "keras_mobilevitv3"], env=environment)
    assert answer.read_text().split() == ["benchmark"]
