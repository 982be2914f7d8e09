import keras


class Recompiled:
    """For models with a `compile` of their own, which Keras would not call where it loads or clones them."""

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)
