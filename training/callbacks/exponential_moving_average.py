from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.checks import is_number
from training.callbacks.fused_average import fused_average
from training.callbacks.sync_variables import sync_variables


class ExponentialMovingAverage(keras.callbacks.Callback):
    """Averages all weights of a model while it trains, batch-norm statistics included, and evaluates the averages.

    The averages start as a copy of the weights before the first step. After each step, each average becomes
    `average + momentum * (weight - average)`. All weights of a float type are averaged, trainable or not. In contrast,
    the averages of Keras' optimizers (`use_ema=True`) leave out statistics, and start biased or corrected.

    The model has the averages only during evaluations. So the validation metrics of `fit`, `val_*`, belong to the
    averages. A `ModelCheckpoint` or `EarlyStopping` that monitors these metrics selects by averages, as in the
    published runs. With `raw_validation_data`, the metrics of the weights are added as `val_raw_*`. Put this callback
    before callbacks that read its metrics. To save the averages, save the model inside `with averaged():`. An
    interruption may come during an evaluation; then call `swap_out` before saving the weights.

    A second `fit` of the same model continues the averages. To resume in a new process, call `set_model` and
    `set_state` before `fit`. Without `fit`, call `set_model`, then `start` once, and `update` after each step.

    Args:
        momentum: Float in (0, 1], share of the weights in the new average. Defaults to `0.0005`.
        raw_validation_data: Data for an evaluation of the weights after each validation of `fit`: a `PyDataset`, a
            `tf.data` dataset or a tuple of arrays, or `None` for no such evaluation. Defaults to `None`.

    Raises:
        ValueError: If `momentum` is not as stated. In `fit`, if the model was compiled with `steps_per_execution` above
            1, because callbacks do not see the inner steps.
    """

    def __init__(self, momentum=0.0005, raw_validation_data=None):
        super().__init__()
        if not is_number(momentum) or not 0 < momentum <= 1:
            raise ValueError(f"`momentum` must be in (0, 1]. Received: momentum={momentum}")
        self.momentum = momentum
        self.raw_validation_data = raw_validation_data
        self._owner = None
        self._variables = []
        self._averages = None  # list of tensors, one for each of `_variables`
        self._raw = None  # list of tensors while the averages are in the model

    def set_model(self, model):
        super().set_model(model)
        if self.model is not self._owner:
            self._owner = self.model
            self._averages = self._raw = None

    @property
    def started(self):
        """Boolean, whether the averages have started."""
        return self._averages is not None

    def start(self):
        """Starts, or starts again, from a copy of the weights."""
        sync_variables(self.model)
        self._variables = [weight for weight in self.model.weights if keras.backend.is_float_dtype(weight.dtype)]
        # Half precision is too coarse for the small updates of the averages.
        self._averages = [
            _copy(variable, keras.backend.result_type(variable.dtype, "float32")) for variable in self._variables
        ]
        self._fused = fused_average(self._variables, self.momentum)

    def update(self):
        """Updates the averages with the current weights."""
        sync_variables(self.model)
        self._averages = self._fused(self._averages)

    def swap_in(self):
        """Replaces the weights of the model by the averages. Does nothing if the model has the averages."""
        if self._raw is not None:
            return
        self._check_started()
        sync_variables(self.model)
        self._raw = [_copy(variable) for variable in self._variables]
        for variable, average in zip(self._variables, self._averages):
            variable.assign(_copy(average, variable.dtype))

    def swap_out(self):
        """Restores the weights of the model. Does nothing if the model has its weights."""
        if self._raw is None:
            return
        for variable, raw in zip(self._variables, self._raw):
            variable.assign(raw)
        self._raw = None

    @contextmanager
    def averaged(self):
        """Returns a context in which the model has the averages instead of its weights."""
        inside = self._raw is not None
        self.swap_in()
        try:
            yield self.model
        finally:
            if not inside:
                self.swap_out()

    def get_state(self):
        """Returns the averages.

        Returns:
            Dict from path of the weight to NumPy array.
        """
        self._check_started()
        return {path: ops.convert_to_numpy(average).copy() for path, average in zip(self._paths(), self._averages)}

    def set_state(self, state):
        """Continues from the averages of `get_state`. Call `set_model` first.

        Args:
            state: Dict from path of the weight to NumPy array.

        Raises:
            ValueError: If the paths or the shapes differ from those of the model.
        """
        self.start()
        paths = self._paths()
        if set(state) != set(paths):
            raise ValueError(
                "`state` must have an array for each weight of the model. "
                f"Received: without {sorted(set(paths) - set(state))}, with unknown {sorted(set(state) - set(paths))}"
            )
        for path, variable in zip(paths, self._variables):
            if np.shape(state[path]) != tuple(variable.shape):
                raise ValueError(
                    f"`state` must have shape {tuple(variable.shape)} for {path}. Received: {np.shape(state[path])}"
                )
        # The sum stays on the devices of the model, where `average` is.
        self._averages = [
            ops.zeros_like(average) + ops.convert_to_tensor(state[path], average.dtype)
            for path, average in zip(paths, self._averages)
        ]

    def on_train_begin(self, logs=None):
        if self.model.steps_per_execution != 1:
            raise ValueError(
                "`ExponentialMovingAverage` averages after every step and needs `steps_per_execution=1` in `compile`. "
                f"Received: steps_per_execution={self.model.steps_per_execution}"
            )
        if not self.started:
            self.start()

    def on_train_batch_end(self, batch, logs=None):
        self.update()

    def on_test_begin(self, logs=None):
        if self.started:
            self.swap_in()

    def on_test_end(self, logs=None):
        self.swap_out()

    def on_epoch_end(self, epoch, logs=None):
        if self.raw_validation_data is None or not any(name.startswith("val_") for name in logs):
            return
        data = self.raw_validation_data
        arrays = dict(zip(("x", "y", "sample_weight"), data)) if isinstance(data, tuple) else {"x": data}
        metrics = self.model.evaluate(**arrays, return_dict=True, verbose=0)
        logs.update({f"val_raw_{name}": value for name, value in metrics.items()})

    def _paths(self):
        paths = [variable.path for variable in self._variables]
        if len(set(paths)) != len(paths):
            raise ValueError(f"Each weight must have its own path. Received: {sorted(paths)}")
        return paths

    def _check_started(self):
        if not self.started:
            raise ValueError(
                "`ExponentialMovingAverage` has no averages yet: call `fit`, `start` or `set_state` first."
            )


def _copy(value, dtype=None):
    """Returns a copy that shares no memory with the weights. JAX donates their memory, and PyTorch overwrites it."""
    value = ops.stop_gradient(ops.convert_to_tensor(value))
    return ops.copy(ops.cast(value, dtype or value.dtype))
