from types import SimpleNamespace

import pytest

from training.callbacks import Throughput, throughput

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("waited", "limit"), [(3.0, "75% of the time waiting for images: the input"), (1.0, "25%")])
def test_tells_images_per_second_and_the_limit(waited, limit, monkeypatch, capsys):
    times = iter([10.0, 14.0])
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: next(times))
    callback = Throughput()
    callback.batches = SimpleNamespace(waited=waited, delivered=8)
    callback.on_train_batch_begin(0)
    callback.on_train_batch_end(0)
    callback.on_epoch_end(0)
    assert capsys.readouterr().out == ""
    callback.on_epoch_begin(1)
    callback.on_train_end()
    assert f"2.0 images/s; {limit}" in capsys.readouterr().out


def test_an_epoch_without_steps_says_nothing(capsys):
    callback = Throughput()
    callback.on_epoch_end(0)
    callback.on_train_end()
    assert capsys.readouterr().out == ""
