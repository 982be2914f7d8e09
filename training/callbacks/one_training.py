import keras


class OneTraining(keras.callbacks.CallbackList):
    """A list of callbacks that treats several calls of `fit` as one training.

    `on_train_begin` runs in the first call only, and `on_train_end` runs in `close`. So logs are opened once, and each
    epoch may be a separate `fit` with separate data.

    Args:
        callbacks: List of Keras callbacks.
        model: Keras model.
        verbose: Whether to show Keras' progress bar: `0`, `1` or `2`, as in `fit`. Defaults to `1`.
        **params: Parameters for the callbacks, such as `epochs`.
    """

    def __init__(self, callbacks, model, verbose=1, **params):
        params = {"steps": None, "verbose": verbose, **params}
        super().__init__(callbacks, add_history=True, add_progbar=verbose != 0, model=model, **params)
        self.begun = False

    def set_steps(self, steps):
        """Sets the number of steps of the next `fit` for the progress bar."""
        self.set_params({**self.params, "steps": steps})

    def on_train_begin(self, logs=None):
        if not self.begun:
            self.begun = True
            super().on_train_begin(logs)

    def on_train_end(self, logs=None):
        """Does nothing: `close` ends the training."""

    def close(self):
        """Ends the training for the callbacks."""
        if self.begun:
            self.begun = False
            super().on_train_end()
