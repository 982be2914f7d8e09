"""Distributions against SciPy; seeds, types and configs; equal weights on every backend."""

import hashlib
import math
from functools import partial

import keras
import numpy as np
import pytest
from scipy import stats

from keras_mobilevitv3 import DeepLabV3, MobileViTV3_050, MobileViTV3XXS, PSPNet, SSDLite, initializers
from keras_mobilevitv3.initializers import GlorotUniform, Ones, RandomNormal, RandomUniform, VarianceScaling, Zeros
from keras_mobilevitv3.layers import ConvNormAct

KERNEL = (3, 3, 20, 30)
RANDOM = {
    "normal": (RandomNormal, {"mean": 0.5, "stddev": 0.02}, stats.norm(0.5, 0.02)),
    "uniform": (RandomUniform, {"minval": -0.1, "maxval": 0.3}, stats.uniform(-0.1, 0.4)),
    "fan_in": (VarianceScaling, {"scale": 2.0}, stats.norm(0, math.sqrt(2 / 180))),
    "fan_out": (VarianceScaling, {"scale": 2.0, "mode": "fan_out"}, stats.norm(0, math.sqrt(2 / 270))),
    "fan_avg": (VarianceScaling, {"mode": "fan_avg"}, stats.norm(0, math.sqrt(1 / 225))),
    "scaled_uniform": (
        VarianceScaling,
        {"scale": 1 / 3, "distribution": "uniform"},
        stats.uniform(-(180**-0.5), 2 * 180**-0.5),
    ),
    "glorot": (GlorotUniform, {}, stats.uniform(-math.sqrt(6 / 450), 2 * math.sqrt(6 / 450))),
}
# SHA-256 of the initial weights after `keras.utils.set_random_seed(3)`.
DIGESTS = {
    "classifier": "089ee47840c5a174a348d6b90159a411e2a5f6c46e37df0a102900016f40707f",
    "separable classifier": "7e17878f9708cbbc6949054599bee9a1b690e63d606bd6b2604e1c9524e20775",
    "DeepLabV3": "6b106698f41e083b5b0ed63cea7520cea6401382097414ed2c277abb8571f0a1",
    "PSPNet": "ef36bea1a40a09d563b5c30b4a94a077d804fdd050fe8a12b970702e1cfbd1eb",
    "SSDLite": "83f9606f7bdda26952f4bf68a6671d7ca02959d4371b52a3018a44bef701c80b",
}
BUILDERS = {
    "classifier": MobileViTV3XXS,
    "separable classifier": MobileViTV3_050,
    "DeepLabV3": partial(DeepLabV3, "mobilevitv3_xxs", aux_head=True),
    "PSPNet": partial(PSPNet, "mobilevitv3_050"),
    "SSDLite": partial(SSDLite, "mobilevitv3_xxs"),
}


def draw(initializer, shape=KERNEL, dtype=None):
    return keras.ops.convert_to_numpy(initializer(shape, dtype=dtype))


@pytest.mark.parametrize("name", RANDOM)
def test_distribution(name):
    initializer, arguments, expected = RANDOM[name]
    values = draw(initializer(**arguments, seed=1))
    assert (values.shape, values.dtype) == (KERNEL, np.float32)
    assert stats.kstest(values.ravel(), expected.cdf).pvalue > 0.01


@pytest.mark.parametrize(("initializer", "value"), [(Zeros, 0), (Ones, 1)])
def test_constants(initializer, value):
    for dtype in ("float32", "float16", "bfloat16", "float64", "int32"):
        tensor = initializer()((2, 3), dtype=dtype)
        assert keras.backend.standardize_dtype(tensor.dtype) in (dtype, {"float64": "float32"}.get(dtype))  # JAX
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")), np.full((2, 3), value)
        )


@pytest.mark.parametrize(("shape", "fans"), [((), (1, 1)), ((7,), (7, 7)), ((7, 5), (7, 5)), ((3, 3, 7, 1), (63, 9))])
def test_fans(shape, fans):
    """Those of Keras: equal standard deviations of many draws."""
    for mode, fan in {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}.items():
        for module in (initializers, keras.initializers):
            seed = keras.random.SeedGenerator(2)
            initializer = module.VarianceScaling(mode=mode, distribution="uniform", seed=seed)
            largest = max(np.abs(draw(initializer, shape)).max() for _ in range(40))
            assert 0.8 * math.sqrt(3 / fan) < largest <= math.sqrt(3 / fan) * 1.000001


def test_half_precision_is_rounded_float32():
    single, half = (keras.ops.cast(RandomNormal(seed=5)(KERNEL, dtype), "float32") for dtype in ("float32", "bfloat16"))
    expected = keras.ops.cast(keras.ops.cast(single, "bfloat16"), "float32")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(half), keras.ops.convert_to_numpy(expected))


def test_seeds():
    keras.utils.set_random_seed(7)
    first, second = RandomNormal(), RandomNormal()
    assert not np.array_equal(draw(first), draw(second))
    np.testing.assert_array_equal(draw(first), draw(first))  # as Keras' initializers
    keras.utils.set_random_seed(7)
    np.testing.assert_array_equal(draw(RandomNormal()), draw(first))
    np.testing.assert_array_equal(draw(RandomNormal(seed=9)), draw(RandomNormal(seed=9)))


def test_seed_generator_advances():
    generators = [keras.random.SeedGenerator(11), keras.random.SeedGenerator(11)]
    ours = [draw(RandomUniform(seed=generator)) for generator in generators for _ in range(2)]
    np.testing.assert_array_equal(ours[0], ours[2])
    np.testing.assert_array_equal(ours[1], ours[3])
    assert not np.array_equal(ours[0], ours[1])


@pytest.mark.parametrize("name", RANDOM)
def test_config(name):
    initializer, arguments, _ = RANDOM[name]
    before = initializer(**arguments, seed=3)
    config = keras.initializers.serialize(before)
    assert config["registered_name"] == f"keras_mobilevitv3>{initializer.__name__}"
    after = keras.initializers.get(config)
    assert type(after) is initializer and after.get_config() == before.get_config()
    np.testing.assert_array_equal(draw(after), draw(before))
    np.testing.assert_array_equal(draw(before.clone()), draw(before))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"distribution": "truncated_normal"}, "`distribution` must be one of .* Received: .*'truncated_normal'"),
        ({"scale": 0.0}, "scale=0.0"),
        ({"mode": "fan"}, "`mode`.*fan"),
    ],
)
def test_bad_argument(arguments, message):
    with pytest.raises(ValueError, match=message):
        VarianceScaling(**arguments)


@pytest.mark.parametrize("name", DIGESTS)
def test_every_backend_begins_with_the_same_weights(name):
    keras.utils.set_random_seed(3)
    weights = BUILDERS[name](weights=None).get_weights()
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in weights))
    assert digest.hexdigest() == DIGESTS[name]


def test_what_the_user_passes_is_left_alone():
    layer = ConvNormAct(4, use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros")
    assert type(layer.kernel_initializer) is keras.initializers.GlorotUniform
    assert type(layer.bias_initializer) is keras.initializers.Zeros
    assert type(ConvNormAct.from_config(layer.get_config()).kernel_initializer) is keras.initializers.GlorotUniform
    assert type(ConvNormAct(4).kernel_initializer) is GlorotUniform


@pytest.mark.backend("jax")
def test_jax_compiles_nothing():
    import jax

    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: compiled.append(event) if event.endswith("backend_compile_duration") else None
    )
    keras.ops.convert_to_numpy(keras.ops.add(np.ones(17), 1))
    assert compiled, "the listener hears compilations"
    compiled.clear()
    layer = ConvNormAct(19, use_bias=True)
    layer.build((None, 8, 8, 23))
    assert len(layer.weights) == 6 and not compiled
