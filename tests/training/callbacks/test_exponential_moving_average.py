import keras
import numpy as np
import pytest
from keras import ops

from tests.reference_arrays import uniform
from training.callbacks import ExponentialMovingAverage

MOMENTUM = 0.1
INPUTS = uniform("average/inputs", (32, 4), -1, 1)
TARGETS = uniform("average/targets", (32, 2), -1, 1)


class Counter(keras.layers.Layer):
    """Counts its calls in an integer."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="count")

    def call(self, inputs):
        self.count.assign_add(1)
        return inputs


class Recorder(keras.callbacks.Callback):
    """Weights after each step."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append(weights_of(self.model))


def make_model(**compile_arguments):
    """A network with statistics, a seed generator and an integer."""
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(8, name="hidden")(inputs)
    outputs = keras.layers.BatchNormalization(momentum=0.5, name="norm")(outputs)
    outputs = keras.layers.Dropout(0.2, name="drop")(outputs)
    outputs = Counter(name="counter")(outputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(outputs))
    compile_arguments = {"jit_compile": keras.backend.backend() == "jax", **compile_arguments}
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"], **compile_arguments)
    return model


def weights_of(model):
    return {weight.path: ops.convert_to_numpy(weight).copy() for weight in model.weights if "count" not in weight.path}


def fit(model, callbacks, epochs=2, **arguments):
    return model.fit(INPUTS, TARGETS, batch_size=8, epochs=epochs, verbose=0, callbacks=callbacks, **arguments)


def average_of(start, steps, momentum=MOMENTUM):
    average = {path: value.astype("float64") for path, value in start.items()}
    for weights in steps:
        average = {path: value * (1 - momentum) + momentum * weights[path] for path, value in average.items()}
    return average


def check_close(found, expected, tolerance=1e-6):
    assert set(found) == set(expected)
    for path, value in expected.items():
        np.testing.assert_allclose(found[path], value, rtol=0, atol=tolerance, err_msg=path)


def test_averages_each_step_of_all_weights():
    model, average, recorder = make_model(), ExponentialMovingAverage(MOMENTUM), Recorder()
    start = weights_of(model)
    fit(model, [average, recorder])
    assert len(recorder.weights) == 8
    assert sum("moving" in path for path in start) == 2
    check_close(average.get_state(), average_of(start, recorder.weights))
    check_close(weights_of(model), recorder.weights[-1], 0.0)
    fit(model, [average, recorder], epochs=1)  # goes on
    check_close(average.get_state(), average_of(start, recorder.weights))


def test_order_of_callbacks_does_not_matter():
    model, average, recorder = make_model(), ExponentialMovingAverage(MOMENTUM), Recorder()
    start = weights_of(model)
    fit(model, [recorder, average])
    check_close(average.get_state(), average_of(start, recorder.weights))


def test_default_momentum():
    model, average, recorder = make_model(), ExponentialMovingAverage(), Recorder()
    start = weights_of(model)
    fit(model, [average, recorder])
    check_close(average.get_state(), average_of(start, recorder.weights, 0.0005), 1e-6)


def test_averaged():
    model, average = make_model(), ExponentialMovingAverage(MOMENTUM)
    fit(model, [average])
    raw, averages = weights_of(model), average.get_state()
    with average.averaged() as averaged_model:
        assert averaged_model is model
        check_close(weights_of(model), averages, 0.0)
        with average.averaged():
            check_close(weights_of(model), averages, 0.0)
        check_close(weights_of(model), averages, 0.0)
        model.predict(INPUTS, verbose=0)  # may give the memory of weights away
    check_close(weights_of(model), raw, 0.0)
    check_close(average.get_state(), averages, 0.0)
    with pytest.raises(KeyboardInterrupt), average.averaged():
        raise KeyboardInterrupt
    check_close(weights_of(model), raw, 0.0)


def test_validation():
    model, recorder = make_model(), Recorder()
    average = ExponentialMovingAverage(MOMENTUM, raw_validation_data=(INPUTS, TARGETS))
    start = weights_of(model)
    history = fit(model, [average, recorder], epochs=3, validation_data=(INPUTS, TARGETS), validation_freq=2).history
    assert set(history) == {"loss", "mae", "val_loss", "val_mae", "val_raw_loss", "val_raw_mae"}
    check_close(weights_of(model), recorder.weights[-1], 0.0)
    second_epoch = {"val_": average_of(start, recorder.weights[:8]), "val_raw_": recorder.weights[7]}
    other = make_model()
    for prefix, weights in second_epoch.items():
        for weight in other.weights:
            if weight.path in weights:
                weight.assign(weights[weight.path])
        for name, value in other.evaluate(INPUTS, TARGETS, return_dict=True, verbose=0).items():
            np.testing.assert_allclose(history[prefix + name], [value], rtol=1e-5)


def test_evaluate():
    model, average = make_model(), ExponentialMovingAverage(MOMENTUM)
    fit(model, [average])
    raw = weights_of(model)
    found = model.evaluate(INPUTS, TARGETS, verbose=0, callbacks=[average])
    check_close(weights_of(model), raw, 0.0)
    with average.averaged():
        np.testing.assert_allclose(model.evaluate(INPUTS, TARGETS, verbose=0), found, rtol=1e-6)
    assert not np.allclose(model.evaluate(INPUTS, TARGETS, verbose=0), found, rtol=1e-4)


def test_swap_out_after_an_interrupted_evaluation():
    class Interrupt(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    model, average, recorder = make_model(), ExponentialMovingAverage(MOMENTUM), Recorder()
    with pytest.raises(KeyboardInterrupt):
        fit(model, [average, recorder, Interrupt()], validation_data=(INPUTS, TARGETS))
    average.swap_out()
    average.swap_out()
    check_close(weights_of(model), recorder.weights[-1], 0.0)


def test_state():
    model, average, recorder = make_model(), ExponentialMovingAverage(MOMENTUM), Recorder()
    fit(model, [average])
    state = average.get_state()
    resumed = ExponentialMovingAverage(MOMENTUM)
    resumed.set_model(model)
    resumed.set_state(state)
    check_close(resumed.get_state(), state, 0.0)
    fit(model, [resumed, recorder])
    check_close(resumed.get_state(), average_of(state, recorder.weights))


def test_wrong_state():
    model, average = make_model(), ExponentialMovingAverage(MOMENTUM)
    with pytest.raises(ValueError, match="no averages yet"):
        average.get_state()
    average.set_model(model)
    average.start()
    state = average.get_state()
    with pytest.raises(ValueError, match="out/bias.*more"):
        average.set_state({**{path: value for path, value in state.items() if path != "out/bias"}, "more": state})
    with pytest.raises(ValueError, match="shape"):
        average.set_state({**state, "out/bias": np.zeros(3)})


def test_another_model_starts_anew():
    average = ExponentialMovingAverage(MOMENTUM)
    fit(make_model(), [average])
    model, recorder = make_model(), Recorder()
    start = weights_of(model)
    fit(model, [average, recorder])
    check_close(average.get_state(), average_of(start, recorder.weights))


def test_bfloat16_weights():
    """Half precision could not hold the averages: it has three digits."""
    keras.config.set_dtype_policy("bfloat16")
    model, average, recorder = make_model(), ExponentialMovingAverage(0.0005), Recorder()
    start = {path: value.astype("float32") for path, value in weights_of(model).items()}
    fit(model, [average, recorder])
    check_close(average.get_state(), average_of(start, recorder.weights, 0.0005), 1e-6)
    with average.averaged():
        assert {weight.dtype for weight in model.weights} == {"bfloat16", "int32"}


def test_errors():
    for momentum in (0.0, 1.5):
        with pytest.raises(ValueError, match="`momentum`"):
            ExponentialMovingAverage(momentum)
    with pytest.raises(ValueError, match="steps_per_execution=4"):
        fit(make_model(steps_per_execution=4), [ExponentialMovingAverage()])
