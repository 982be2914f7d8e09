import math

import keras

from keras_mobilevitv3.initializers.numpy_draws import as_tensor, numpy_generator

DISTRIBUTIONS = ("untruncated_normal", "uniform")


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class VarianceScaling(keras.initializers.VarianceScaling):
    """Normal or uniform distribution of variance `scale / fan`, drawn by NumPy.

    The fan-in of a kernel is the product of all axes except the last. The fan-out is the product of all axes except the
    second to last.

    Args:
        scale: Positive float. Defaults to `1.0`.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"` (their mean). Defaults to `"fan_in"`.
        distribution: `"untruncated_normal"` or `"uniform"`. Defaults to `"untruncated_normal"`.
        seed: Integer, `keras.random.SeedGenerator`, or `None` for a seed that depends on `keras.utils.set_random_seed`.
            With an integer or `None`, each call returns equal values. Defaults to `None`.

    Raises:
        ValueError: If `scale`, `mode` or `distribution` is invalid.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "untruncated_normal",
        seed: int | keras.random.SeedGenerator | None = None,
    ) -> None:
        if distribution not in DISTRIBUTIONS:
            raise ValueError(f"`distribution` must be one of {DISTRIBUTIONS}. Received: distribution={distribution!r}")
        super().__init__(scale=scale, mode=mode, distribution=distribution, seed=seed)

    def __call__(self, shape, dtype=None):
        variance = self.scale / max(1.0, self._fan(tuple(shape)))
        generator = numpy_generator(self.seed)
        if self.distribution == "uniform":
            bound = math.sqrt(3.0 * variance)
            return as_tensor(generator.uniform(-bound, bound, shape), dtype)
        return as_tensor(generator.normal(0.0, math.sqrt(variance), shape), dtype)

    def _fan(self, shape):
        if len(shape) < 2:
            return math.prod(shape)
        fan_in, fan_out = math.prod(shape[:-1]), math.prod(shape) // shape[-2]
        return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]

    def get_config(self):
        config = super().get_config()
        return {name: config[name] for name in ("scale", "mode", "distribution", "seed")}


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class GlorotUniform(VarianceScaling):
    """Uniform distribution within `sqrt(6 / (fan_in + fan_out))`, drawn by NumPy.

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or `None` for a seed that depends on `keras.utils.set_random_seed`.
            With an integer or `None`, each call returns equal values. Defaults to `None`.

    Reference:
        [Glorot and Bengio, 2010](http://proceedings.mlr.press/v9/glorot10a.html)
    """

    def __init__(self, seed: int | keras.random.SeedGenerator | None = None) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed)

    def get_config(self):
        return {"seed": super().get_config()["seed"]}
