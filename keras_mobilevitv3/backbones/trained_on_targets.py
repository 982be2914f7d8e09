from typing import TYPE_CHECKING, Any

import keras

# The class is a mixin. Only type checkers see the attributes of `keras.Model`.
if TYPE_CHECKING:
    from keras import Model as MixinBase
else:
    MixinBase = object


class TrainedOnTargets(MixinBase):
    """Mixin for models with their own `compile` method. Targets that are arrays are checked before training."""

    def compile_from_config(self, config):
        """Calls the `compile` method of the class. Keras would skip this method when loading or cloning a model."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def reset_compiled_functions(self):
        """Discards the compiled functions, because they contain the settings at the time of their compilation."""
        self.train_function = self.test_function = self.predict_function = None
        if keras.backend.backend() == "jax":
            # JAX caches what it compiles, and equal methods share one cache entry. New functions have no entry yet.
            model_class: Any = type(self)
            self.train_step = lambda *arguments: model_class.train_step(self, *arguments)
            self.test_step = lambda *arguments: model_class.test_step(self, *arguments)

    def check_targets(self, y, of_batch=False):
        """Raises `ValueError` if `y` holds arrays that the model cannot learn from. Other objects pass.

        Args:
            y: Targets.
            of_batch: Boolean, whether `y` belongs to one batch of many. A single batch may have nothing to learn from.
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
