import keras


class CompiledTask:
    """What lets a task of KerasHub be loaded from a `.keras` file as it was compiled, its optimizer's state included.

    A base class before one of KerasHub's tasks, whose `compile` takes the arguments of `keras.Model.compile`.
    """

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)
