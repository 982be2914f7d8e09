import keras


class LogLearningRate(keras.callbacks.Callback):
    """Adds the learning rate of the next step to the logs of an epoch. Put it before callbacks that write logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
