import keras


class OneTraining(keras.callbacks.CallbackList):
    """Callbacks to which several calls of `fit` are one training.

    `on_train_begin` comes with the first call only, and `on_train_end` with `close`. So logs are opened once, and each
    epoch may be a `fit` of its own, with data of its own.

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
        """Tells the progress bar how many steps the next call of `fit` has."""
        self.set_params({**self.params, "steps": steps})

    def on_train_begin(self, logs=None):
        if not self.begun:
            self.begun = True
            super().on_train_begin(logs)

    def on_train_end(self, logs=None):
        """Waits for `close`."""

    def close(self):
        """Ends the training for the callbacks."""
        if self.begun:
            self.begun = False
            super().on_train_end()
