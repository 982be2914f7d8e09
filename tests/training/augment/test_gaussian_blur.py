import numpy as np
from PIL import Image, ImageFilter

from tests.training.augment.draws import draw, photo
from training.augment.gaussian_blur import random_gaussian_blur


def test_half_of_the_images_are_blurred():
    image = photo(16, 17)
    blurred = [result is not image for result in draw(lambda rng: random_gaussian_blur(image, rng), 300)]
    assert 120 < sum(blurred) < 180


def test_radius_is_uniform_and_the_blur_that_of_pillow():
    image = photo(16, 17)
    results = draw(lambda rng: random_gaussian_blur(image, rng, 1.0, 3.0), 200)
    radii = draw(lambda rng: float(rng.uniform((0, 0), (1, 3))[1]), 200)
    for result, radius in zip(results, radii):
        np.testing.assert_array_equal(result, Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))
    assert np.histogram(radii, 4, (0, 3))[0].min() > 30
