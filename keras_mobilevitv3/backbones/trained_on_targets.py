import keras


class TrainedOnTargets:
    """For models with a `compile` of their own and targets that are checked before training, if they are arrays."""

    def compile_from_config(self, config):
        """Compiles by the method of the class, which Keras would not call where it loads or clones a model."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def compile_anew(self):
        """Forgets the compiled functions, which hold the settings of when they were compiled."""
        self.train_function = self.test_function = self.predict_function = None
        if keras.backend.backend() == "jax":
            # Functions of their own: JAX would run what it has compiled for the methods: equal methods are one to it.
            self.train_step = lambda *arguments: type(self).train_step(self, *arguments)
            self.test_step = lambda *arguments: type(self).test_step(self, *arguments)

    def check_targets(self, y, of_batch=False):
        """Raises `ValueError` if arrays cannot be learned from. What is no array passes.

        Args:
            y: The targets.
            of_batch: Boolean, whether they are of one batch of many, in which there may be nothing to learn from.
                Defaults to `False`.
        """
        raise NotImplementedError

    def fit(self, x=None, y=None, *args, **kwargs):
        self.check_targets(y)
        validation = kwargs.get("validation_data")
        if isinstance(validation, list | tuple) and len(validation) > 1:
            self.check_targets(validation[1])
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        self.check_targets(y)
        return super().evaluate(x, y, *args, **kwargs)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        self.check_targets(y, of_batch=True)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        self.check_targets(y, of_batch=True)
        return super().test_on_batch(x, y, *args, **kwargs)
