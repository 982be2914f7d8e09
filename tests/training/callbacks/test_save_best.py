import keras
import numpy as np
import pytest

from tests.reference_arrays import uniform
from tests.training.tiny_runs import largest_difference
from training.callbacks import ExponentialMovingAverage, SaveBest, write_weights

INPUTS = uniform("save_best/inputs", (8, 3), -1, 1)


def make_model(average=None):
    """A model whose averages, if there are any, are no longer its weights."""
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2, name="dense")(inputs))
    if average is not None:
        average.set_model(model)
        average.start()
        model.set_weights([weight + 1 for weight in model.get_weights()])
        average.update()
    return model


def weights_in(path):
    model = make_model()
    model.load_weights(path)
    return dict(enumerate(model.get_weights()))


def tell(callback, model, values):
    """Ends an epoch for each value; returns after which of them the file was written."""
    callback.set_model(model)
    written = []
    for epoch, value in enumerate(values):
        callback.path.unlink(missing_ok=True)
        callback.on_epoch_end(epoch, {callback.monitor: value})
        if callback.path.exists():
            written.append(epoch)
    return written


def test_only_better_is_written(tmp_path):
    callback = SaveBest(tmp_path / "best.weights.h5")
    assert tell(callback, make_model(), [0.5, 0.4, 0.5, 0.7, 0.6]) == [0, 3]
    assert callback.best == 0.7
    assert [path.name for path in tmp_path.iterdir()] == []  # removed before the last epoch, and no scratch beside it


def test_of_a_loss_the_lowest_is_best(tmp_path):
    callback = SaveBest(tmp_path / "best.weights.h5", monitor="val_loss")
    assert tell(callback, make_model(), [0.5, 0.6, 0.4, 0.4]) == [0, 2]


def test_goes_on_from_a_former_best(tmp_path):
    callback = SaveBest(tmp_path / "best.weights.h5", monitor="val_iou")
    callback.best = 0.6
    assert tell(callback, make_model(), [0.6, 0.61]) == [1]


def test_without_the_metric_nothing_is_written(tmp_path):
    callback = SaveBest(tmp_path / "best.weights.h5")
    callback.set_model(make_model())
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_epoch_end(0)
    assert callback.best is None and not list(tmp_path.iterdir())


@pytest.mark.parametrize("averaged", [True, False])
def test_the_averages_are_written(tmp_path, averaged):
    average = ExponentialMovingAverage(0.25)
    model = make_model(average)
    raw = dict(enumerate(model.get_weights()))
    callback = SaveBest(tmp_path / "best.weights.h5", average if averaged else None)
    assert tell(callback, model, [0.5]) == [0]
    expected = {number: value - 0.75 * averaged for number, value in raw.items()}
    assert largest_difference(weights_in(callback.path), expected) < 1e-6
    assert largest_difference(dict(enumerate(model.get_weights())), raw) == 0


def test_a_process_that_does_not_write(tmp_path):
    path = tmp_path / "best.weights.h5"
    average = ExponentialMovingAverage(0.25)
    model = make_model(average)
    raw = model.get_weights()
    write_weights(model, average, path, write=False)
    assert not list(tmp_path.iterdir())
    np.testing.assert_array_equal(model.get_weights()[0], raw[0])


def test_an_older_file_outlives_a_failed_write(tmp_path, monkeypatch):
    path = tmp_path / "best.weights.h5"
    model = make_model()
    write_weights(model, None, path)
    before = path.read_bytes()

    def fail(path):
        path.write_bytes(b"half")
        raise OSError("no room")

    monkeypatch.setattr(model, "save_weights", fail)
    with pytest.raises(OSError, match="no room"):
        write_weights(model, None, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
