from typing import Any

import keras


class CompiledTask:
    """Mixin for KerasHub tasks: a task that is loaded from a `.keras` file is compiled, optimizer state included.

    List this class before the task class of KerasHub. The `compile` method of the task must take the arguments of
    `keras.Model.compile`.
    """

    # Attributes of the task class, for type checkers.
    compile: Any
    optimizer: Any
    trainable_variables: Any

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)
