import keras

from keras_mobilevitv3.initializers.numpy_draws import as_tensor, numpy_generator


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class RandomNormal(keras.initializers.RandomNormal):
    """Normal distribution drawn by NumPy.

    Args:
        mean: Float. Defaults to `0.0`.
        stddev: Float, standard deviation. Defaults to `0.05`.
        seed: Integer, `keras.random.SeedGenerator`, or `None` for a seed that depends on `keras.utils.set_random_seed`.
            With an integer or `None`, each call returns equal values. Defaults to `None`.
    """

    def __call__(self, shape, dtype=None):
        return as_tensor(numpy_generator(self.seed).normal(self.mean, self.stddev, shape), dtype)
