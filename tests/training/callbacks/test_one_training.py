import keras
import numpy as np
import pytest

from training.callbacks import OneTraining

INPUTS, TARGETS = np.ones((8, 3), "float32"), np.zeros((8, 1), "float32")


class Recorder(keras.callbacks.Callback):
    """The names of what it was called for, and of the epochs."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(epoch)

    def on_train_end(self, logs=None):
        self.calls.append("end")


def make_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() == "jax")
    return model


def fit(model, training, epoch, batch_size=4):
    training.set_steps(8 // batch_size)
    arguments = {"initial_epoch": epoch, "epochs": epoch + 1, "callbacks": training}
    model.fit(INPUTS, TARGETS, batch_size=batch_size, **arguments)


def test_several_fits_are_one_training():
    model, recorder = make_model(), Recorder()
    training = OneTraining([recorder], model, verbose=0, epochs=3)
    for epoch in range(3):
        fit(model, training, epoch)
    assert recorder.calls == ["begin", 0, 1, 2]
    assert model.history.epoch == [0, 1, 2]
    assert len(model.history.history["loss"]) == 3
    training.close()
    training.close()
    assert recorder.calls == ["begin", 0, 1, 2, "end"]


def test_closing_before_the_first_fit_is_nothing():
    recorder = Recorder()
    OneTraining([recorder], make_model(), verbose=0).close()
    assert recorder.calls == []


def test_logs_of_all_epochs_are_in_one_file(tmp_path):
    """`CSVLogger` begins its file with each training."""
    model, path = make_model(), tmp_path / "log.csv"
    training = OneTraining([keras.callbacks.CSVLogger(str(path))], model, verbose=0)
    for epoch in range(2):
        fit(model, training, epoch)
    training.close()
    header, *rows = path.read_text().splitlines()
    assert header.split(",")[0] == "epoch"
    assert [row.split(",")[0] for row in rows] == ["0", "1"]


@pytest.mark.parametrize("batch_size", [4, 2])
def test_the_progress_bar_knows_epochs_and_steps(capsys, batch_size):
    model = make_model()
    training = OneTraining([], model, verbose=2, epochs=5)
    fit(model, training, 3, batch_size)
    training.close()
    output = capsys.readouterr().out
    assert "Epoch 4/5" in output
    assert f"{8 // batch_size}/{8 // batch_size} - " in output
