import keras

from keras_mobilevitv3.initializers.numpy_draws import as_tensor, numpy_generator


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class RandomUniform(keras.initializers.RandomUniform):
    """Uniform distribution drawn by NumPy.

    Args:
        minval: Float, lower bound. Defaults to `-0.05`.
        maxval: Float, upper bound. Defaults to `0.05`.
        seed: Integer, `keras.random.SeedGenerator`, or `None` for a seed that depends on `keras.utils.set_random_seed`.
            With an integer or `None`, each call returns equal values. Defaults to `None`.
    """

    def __call__(self, shape, dtype=None):
        return as_tensor(numpy_generator(self.seed).uniform(self.minval, self.maxval, shape), dtype)
