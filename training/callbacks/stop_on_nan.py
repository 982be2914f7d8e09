import math

import keras


class StopOnNaN(keras.callbacks.Callback):
    """Stops training with an error when the loss is not finite.

    `keras.callbacks.TerminateOnNaN` ends `fit` without an error, so the script would continue to evaluate and export.

    Raises:
        FloatingPointError: In `fit`. The message names the step (from 0, over all epochs) and its learning rate.
    """

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        optimizer = self.model.optimizer
        step = int(keras.ops.convert_to_numpy(optimizer.iterations)) - 1
        raise FloatingPointError(
            f"The loss is {loss} at step {step} (batch {batch} of its epoch), "
            f"learning rate {_learning_rate(optimizer, step):.8g}. Resume from the last checkpoint with a lower rate, "
            "a longer warm-up or clipping."
        )


def _learning_rate(optimizer, step):
    """Returns the learning rate of a past step. `optimizer.learning_rate` is the rate of the next step."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    rate = optimizer.get_config()["learning_rate"]
    return float(keras.optimizers.schedules.deserialize(rate)(step) if isinstance(rate, dict) else rate)
