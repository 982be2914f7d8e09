import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.rand_augment import OPERATIONS, apply_operation, rand_augment, sample_operation


def with_pillow(name, image, sign=1):
    """The operation at magnitude 9 of 31."""

    def affine(*matrix):
        return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)

    width, height = image.size
    enhancers = {
        "brightness": ImageEnhance.Brightness,
        "color": ImageEnhance.Color,
        "contrast": ImageEnhance.Contrast,
        "sharpness": ImageEnhance.Sharpness,
    }
    if name in enhancers:
        return enhancers[name](image).enhance(1 + sign * 0.27)
    return {
        "identity": lambda: image,
        "shear_x": lambda: affine(1, sign * 0.09, 0, 0, 1, 0),
        "shear_y": lambda: affine(1, 0, 0, sign * 0.09, 1, 0),
        "translate_x": lambda: affine(1, 0, -sign * int(150 / 331 * width * 0.3), 0, 1, 0),
        "translate_y": lambda: affine(1, 0, 0, 0, 1, -sign * int(150 / 331 * height * 0.3)),
        "rotate": lambda: image.rotate(sign * 9, Image.Resampling.BILINEAR),
        "posterize": lambda: ImageOps.posterize(image, 7),
        "solarize": lambda: ImageOps.solarize(image, 178.5),
        "auto_contrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
    }[name]()


def difference(name, image, sign):
    expected = np.asarray(with_pillow(name, Image.fromarray(image), sign))
    result = apply_operation(name, tf.constant(image), negative=sign < 0)
    assert (result.dtype, result.shape) == ("uint8", image.shape)
    return np.abs(result.numpy().astype(int) - expected)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", OPERATIONS)
def test_equals_pillow(name, sign):
    """All equal, but for shears and turns: one level at a few pixels in a thousand."""
    most = 1 if name.startswith(("shear", "rotate")) else 0
    for image in (photo(), photo(256, 256), photo(31, 400, "flower.jpg")):
        found = difference(name, image, sign)
        assert found.max() <= most
        assert np.mean(found > 0) < 0.005


@pytest.mark.parametrize("name", OPERATIONS)
def test_extreme_images_equal_pillow(name):
    images = [np.full((9, 8, 3), level, "uint8") for level in (0, 7, 255)]
    images += [photo(20, 20) // 100 * 100, np.arange(27, dtype="uint8").reshape(3, 3, 3), photo(1, 1), photo(2, 5)]
    images.append(np.random.default_rng(0).integers(0, 256, (19, 23, 3)).astype("uint8"))
    for image in images:
        if name == "sharpness" and min(image.shape[:2]) < 3:
            continue
        assert difference(name, image, 1).max() <= (1 if name.startswith(("shear", "rotate")) else 0)


def test_operations():
    assert len(OPERATIONS) == 14
    signed = {name for name, operation in OPERATIONS.items() if operation.signed}
    assert signed == {
        *("shear_x", "shear_y", "translate_x", "translate_y", "rotate"),
        *("brightness", "color", "contrast", "sharpness"),
    }


@pytest.mark.parametrize(
    ("name", "magnitude"),
    [
        ("shear_x", 0.09),
        ("translate_x", 34.8036),
        ("translate_y", 17.4018),
        ("rotate", 9.0),
        ("brightness", 0.27),
        ("posterize", 7),
        ("solarize", 178.5),
    ],
)
def test_magnitudes(name, magnitude):
    assert OPERATIONS[name].magnitude(9 / 30, 128, 256) == pytest.approx(magnitude, abs=1e-4)


def test_operations_are_equally_frequent():
    chosen, negative = draw(sample_operation, 7000)
    assert stats.chisquare(np.bincount(chosen, minlength=14)).pvalue > 0.001
    assert abs(negative.mean() - 0.5) < 0.02
    assert stats.chi2_contingency(np.histogram2d(chosen, negative, (14, 2))[0]).pvalue > 0.001


@pytest.mark.release
def test_two_operations_one_after_the_other():
    image, names = photo(40, 51), list(OPERATIONS)
    results = draw(lambda seed: rand_augment(image, seed), 20, seed=3)
    pairs = set()
    for number, result in enumerate(results):
        expected = Image.fromarray(image)
        drawn = [sample_operation(seed) for seed in tf.random.split(tf.constant([3, number], tf.int64), 2)]
        for chosen, negative in drawn:
            expected = with_pillow(names[int(chosen)], expected, -1 if negative else 1)
        # One level of a shear may become a few in what follows.
        assert np.mean(np.abs(result.astype(int) - np.asarray(expected)) > 0) < 0.05
        pairs.add(tuple(int(chosen) for chosen, _ in drawn))
    assert len(pairs) > 15


def test_float_image_and_no_operation():
    image = photo(20, 21).astype("float32")
    result = rand_augment(image, (0, 0), num_operations=0)
    assert result.dtype == "uint8"
    np.testing.assert_array_equal(result, image)


@pytest.mark.parametrize("magnitude", [-1, 31])
def test_bad_magnitude(magnitude):
    with pytest.raises(ValueError, match=r"`magnitude` must be in \[0, num_bins\). Received: magnitude="):
        rand_augment(photo(4, 4), (0, 0), magnitude=magnitude)
