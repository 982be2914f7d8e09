import json
from dataclasses import replace

import pytest

from keras_mobilevitv3 import VARIANTS, build_classifier, profile
from tests.tiny_networks import SHALLOW
from training.ablation import main
from training.recipes import imagenet1k_ablation

pytestmark = pytest.mark.once

SMOKE = ["--smoke", "--set", "data.max_steps=2"]


@pytest.fixture
def tiny_rows(monkeypatch):
    """Two tiny networks in the place of the five rows."""
    rows = {f"tiny_{attention}": config for attention, config in SHALLOW.items()}
    for name, config in rows.items():
        monkeypatch.setitem(VARIANTS, name, config)
    monkeypatch.setattr(imagenet1k_ablation, "RECIPE", replace(imagenet1k_ablation.RECIPE, variants=tuple(rows)))
    return list(rows)


@pytest.mark.release  # a demonstration that trains several networks
def test_every_row_is_trained_alike_and_told(tiny_rows, tmp_path, capsys):
    arguments = [*SMOKE, "--epochs", "1", "--workdir", str(tmp_path)]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in tiny_rows]
    assert [record["variant"] for record in records] == tiny_rows
    assert records[0]["recipe"] == records[1]["recipe"]
    assert records[0]["recipe"]["epochs"] == 1
    assert "A demonstration: 1 epochs of digits, 360 test images; one image is 0.28%." in output

    logs = {name: (tmp_path / name / "log.csv").read_text() for name in tiny_rows}
    assert main([*arguments, "--json"]) == 0  # complete before
    assert {name: (tmp_path / name / "log.csv").read_text() for name in tiny_rows} == logs
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["variant"] for row in told["rows"]] == tiny_rows
    for row in told["rows"]:
        network = build_classifier(row["variant"], weights=None, classes=10, input_shape=(64, 64, 3))
        assert row["parameters"] == sum(weight.numpy().size for weight in network.trainable_weights)
        assert row["multiply_adds"] == profile(network, (64, 64, 3)).multiply_adds
        header, *_, last = logs[row["variant"]].splitlines()
        log = dict(zip(header.split(","), last.split(",")))
        assert (row["top1"], row["raw_top1"]) == (float(log["val_top1"]), float(log["val_raw_top1"]))
        line = next(line for line in output.splitlines() if line.startswith(f"{row['variant']} "))
        assert line.split()[1:] == [
            f"{row['parameters']:,}",
            f"{row['multiply_adds'] / 1e6:.2f}",
            f"{row['top1']:.2%}",
            f"{row['raw_top1']:.2%}",
        ]


def test_errors(tiny_rows, tmp_path, capsys):
    assert main(["--workdir", str(tmp_path), "--set", "epoch=3"]) == 1
    assert "`epoch` must be one of" in capsys.readouterr().err
