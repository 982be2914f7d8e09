import numpy as np
import pytest

from tests.training.report.pictures import picture
from training.report.curves import draw_curves, read_log

LOG = """\
epoch,learning_rate,loss,top1,val_loss,val_raw_loss,val_raw_top1,val_top1
0,0.002,2.5,0.1,2.4,2.3,0.2,0.15
1,0.001,1.5,0.5,1.4,1.3,0.6,0.55
2,0.0005,1.0,NA,1.1,nan,0.7,"[1, 2]"
"""


def log_file(folder, text):
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_columns_as_numbers(tmp_path):
    log = read_log(log_file(tmp_path, LOG))
    assert list(log) == LOG.splitlines()[0].split(",")
    np.testing.assert_array_equal(log["epoch"], [0, 1, 2])
    np.testing.assert_array_equal(log["val_loss"], [2.4, 1.4, 1.1])
    np.testing.assert_array_equal(log["top1"], [0.1, 0.5, np.nan])
    np.testing.assert_array_equal(log["val_top1"], [0.15, 0.55, np.nan])


def test_lines_of_other_columns_have_an_epoch_only(tmp_path):
    log = read_log(log_file(tmp_path, "epoch,loss,val_map\n0,3,0.1\n1,2\n2,1,0.5,7\n3,0.5,0.6\n"))
    np.testing.assert_array_equal(log["epoch"], [0, 1, 2, 3])
    np.testing.assert_array_equal(log["loss"], [3, np.nan, np.nan, 0.5])
    np.testing.assert_array_equal(log["val_map"], [0.1, np.nan, np.nan, 0.6])


def test_the_last_line_of_an_epoch_counts(tmp_path):
    log = read_log(log_file(tmp_path, "epoch,loss,val_loss\n1,2,NA\n0,3,NA\n\n1,5,NA\n"))
    assert {name: values.tolist() for name, values in log.items()} == {"epoch": [0, 1], "loss": [3, 5]}


@pytest.mark.parametrize("text", ["", "epoch,loss\n"])
def test_logs_without_epochs_are_empty(text, tmp_path):
    assert read_log(log_file(tmp_path, text)) == {}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="first column of .*log.csv' must be 'epoch'. Received: 'step'"):
        read_log(log_file(tmp_path, "step,loss\n0,1\n"))


def test_each_metric_has_a_panel(figures, tmp_path):
    draw_curves(read_log(log_file(tmp_path, LOG)), tmp_path / "curves.png")
    (figure,) = figures
    loss, top1, rate = figure.axes
    assert [axes.get_title() for axes in (loss, top1, rate)] == ["loss", "top1", "learning rate"]
    curves = {line.get_label(): line.get_xydata().tolist() for line in loss.lines}
    assert curves["training"] == [[1, 2.5], [2, 1.5], [3, 1.0]]
    assert curves["evaluation, moving averages"] == [[1, 2.4], [2, 1.4], [3, 1.1]]
    assert curves["evaluation, weights"][:2] == [[1, 2.3], [2, 1.3]]
    assert rate.lines[0].get_ydata().tolist() == [0.002, 0.001, 0.0005]
    assert picture(tmp_path / "curves.png").std() > 10
    assert {file.name for file in tmp_path.iterdir()} == {"curves.png", "log.csv"}


def test_one_epoch_is_visible(tmp_path):
    draw_curves({"epoch": np.array([0.0]), "loss": np.array([1.0])}, tmp_path / "curves.png")
    pixels = picture(tmp_path / "curves.png")
    assert np.abs(pixels - 0x9A).max(axis=-1).min() < 2  # a marker in the color of training


@pytest.mark.parametrize("log", [{}, {"epoch": np.array([0.0])}])
def test_logs_without_metrics_are_refused(log, tmp_path):
    with pytest.raises(ValueError, match="`log` must have an epoch and a metric"):
        draw_curves(log, tmp_path / "curves.png")
