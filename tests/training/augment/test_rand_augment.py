import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.rand_augment import OPERATIONS, SIGNED_OPERATIONS, rand_augment, sample_operation

ENHANCERS = {
    "brightness": ImageEnhance.Brightness,
    "color": ImageEnhance.Color,
    "contrast": ImageEnhance.Contrast,
    "sharpness": ImageEnhance.Sharpness,
}


def with_pillow(name, image, sign=1):
    """The operation at magnitude 9 of 31, in the numbers of the recipe."""

    def affine(*matrix):
        return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)

    width, height = image.size
    if name in ENHANCERS:
        return ENHANCERS[name](image).enhance(1 + sign * 0.27)
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


@pytest.mark.parametrize("name", OPERATIONS)
def test_equals_pillow(name):
    images = [photo(), photo(256, 256), photo(31, 500, "flower.jpg"), photo(20, 20) // 100 * 100]
    images += [photo(1, 1), photo(2, 5), *(np.full((9, 8, 3), level, "uint8") for level in (0, 7, 255))]
    for image in map(Image.fromarray, images):
        for sign in (1, -1) if name in SIGNED_OPERATIONS else (1,):
            np.testing.assert_array_equal(OPERATIONS[name](image, sign * 0.3), with_pillow(name, image, sign))


def test_translation_of_256_pixels():
    image = Image.fromarray(photo(256, 256))
    np.testing.assert_array_equal(np.asarray(OPERATIONS["translate_x"](image, 0.3))[:, 34:], np.asarray(image)[:, :-34])


def test_operations_are_equally_frequent_and_signed_ones_go_both_ways():
    drawn = draw(lambda rng: sample_operation(rng, 0.3), 700)
    names = [name for name, _ in drawn]
    assert stats.chisquare([names.count(name) for name in OPERATIONS]).pvalue > 0.01
    signed = [strength for name, strength in drawn if name in SIGNED_OPERATIONS]
    assert set(signed) == {0.3, -0.3}
    assert abs(np.mean(signed)) < 0.04
    assert {strength for name, strength in drawn if name not in SIGNED_OPERATIONS} == {0.3}
    assert (len(OPERATIONS), len(SIGNED_OPERATIONS)) == (14, 9)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_operations_follow_one_another(count):
    image = photo(40, 51)

    def one_by_one(rng):
        expected = Image.fromarray(image)
        for name, strength in [sample_operation(rng, 0.3) for _ in range(count)]:
            expected = with_pillow(name, expected, np.sign(strength))
        return np.asarray(expected)

    results = draw(lambda rng: rand_augment(image, rng, count), 30)
    np.testing.assert_array_equal(results, draw(one_by_one, 30))
    assert len({result.tobytes() for result in results}) > (8 if count else 0)


@pytest.mark.parametrize("magnitude", [-1, 31])
def test_bad_magnitude(magnitude):
    with pytest.raises(ValueError, match=r"`magnitude` must be in \[0, num_bins\). Received: magnitude="):
        rand_augment(photo(4, 4), np.random.default_rng(0), magnitude=magnitude)
