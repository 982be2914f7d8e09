import math

import pytest

from tests.training.report.runs import LOG
from training.report.curves import read_log
from training.report.results import best_epoch, result_rows


@pytest.fixture
def log(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    return read_log(tmp_path / "log.csv")


def test_the_first_of_equal_epochs_is_best(log):
    assert best_epoch(log, "val_top1") == 2


def test_the_lowest_loss_is_best(log):
    assert best_epoch(log, "val_loss") == 3


def test_each_file_has_its_epoch_and_its_weights(log):
    assert result_rows(log, "val_top1") == [
        {"metric": "top1", "best.weights.h5": 0.75, "last.weights.h5": 0.75, "last_raw.weights.h5": 0.72},
        {"metric": "loss", "best.weights.h5": 1.4, "last.weights.h5": 1.2, "last_raw.weights.h5": 1.25},
    ]


def test_metrics_of_averages_only_have_no_value_of_the_weights(log):
    del log["val_raw_top1"]
    row, _ = result_rows(log, "val_top1")
    assert math.isnan(row["last_raw.weights.h5"])


def test_unknown_metrics_are_refused(log):
    with pytest.raises(ValueError, match="`monitor` must be one of .*'val_loss'.* Received: monitor='val_map'"):
        result_rows(log, "val_map")
