"""RandAugment: random operations of Pillow, all at one strength."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

Operation = Callable[[Image.Image, float], Image.Image]

# Functions of a Pillow image and a strength, the share of the greatest magnitude. A signed operation also takes
# negative strengths. Shears keep the top left corner. Pixels from outside of the image are black.
SIGNED_OPERATIONS: dict[str, Operation] = {
    "shear_x": lambda image, strength: _affine(image, (1, 0.3 * strength, 0, 0, 1, 0)),
    "shear_y": lambda image, strength: _affine(image, (1, 0, 0, 0.3 * strength, 1, 0)),
    "translate_x": lambda image, strength: _translate(image, int(150 / 331 * strength * image.width), 0),
    "translate_y": lambda image, strength: _translate(image, 0, int(150 / 331 * strength * image.height)),
    "rotate": lambda image, strength: image.rotate(30 * strength, Image.Resampling.BILINEAR),
    "brightness": lambda image, strength: ImageEnhance.Brightness(image).enhance(1 + 0.9 * strength),
    "color": lambda image, strength: ImageEnhance.Color(image).enhance(1 + 0.9 * strength),
    "contrast": lambda image, strength: ImageEnhance.Contrast(image).enhance(1 + 0.9 * strength),
    "sharpness": lambda image, strength: ImageEnhance.Sharpness(image).enhance(1 + 0.9 * strength),
}
OPERATIONS: dict[str, Operation] = {
    "identity": lambda image, strength: image,
    **SIGNED_OPERATIONS,
    "posterize": lambda image, strength: ImageOps.posterize(image, 8 - round(4 * strength)),
    "solarize": lambda image, strength: ImageOps.solarize(image, 255 * (1 - strength)),
    "auto_contrast": lambda image, strength: ImageOps.autocontrast(image),
    "equalize": lambda image, strength: ImageOps.equalize(image),
}


def _affine(image, coefficients):
    return image.transform(image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)


def _translate(image, right, down):
    """Shifts by whole pixels. The result equals that of `_affine`, and is many times faster."""
    return image.crop((-right, -down, image.width - right, image.height - down))


def sample_operation(rng: np.random.Generator, strength: float) -> tuple[str, float]:
    """Draws an operation and the sign of its strength.

    Args:
        rng: `np.random.Generator`.
        strength: Float in [0, 1].

    Returns:
        Tuple of a key of `OPERATIONS`, and `strength`, negative half of the time if the operation is signed.
    """
    name = list(OPERATIONS)[rng.integers(len(OPERATIONS))]
    negative = rng.random() < 0.5
    return name, -strength if negative and name in SIGNED_OPERATIONS else strength


def rand_augment(
    image: np.ndarray, rng: np.random.Generator, num_operations: int = 2, magnitude: int = 9, num_bins: int = 31
) -> np.ndarray:
    """Applies operations drawn from `OPERATIONS`, with replacement, all at one strength.

    With the defaults: shear by 0.09, shift by 13.6 % of the size, turn by 9 degrees, brightness, color, contrast and
    sharpness by 0.27, posterize to 7 bits, solarize from 178.5.

    Args:
        image: Uint8 array of shape `(height, width, 3)`, RGB, 0-255.
        rng: `np.random.Generator`.
        num_operations: Integer, number of operations. Defaults to `2`.
        magnitude: Integer in [0, num_bins). The strength is `magnitude / (num_bins - 1)`. Defaults to `9`.
        num_bins: Integer, number of strengths. Defaults to `31`.

    Returns:
        Uint8 array of the shape of `image`.

    Raises:
        ValueError: If `magnitude` is not in [0, num_bins).
    """
    if not 0 <= magnitude < num_bins:
        raise ValueError(f"`magnitude` must be in [0, num_bins). Received: magnitude={magnitude}, num_bins={num_bins}")
    picture = Image.fromarray(image)
    for _ in range(num_operations):
        name, strength = sample_operation(rng, magnitude / (num_bins - 1))
        picture = OPERATIONS[name](picture, strength)
    return np.asarray(picture)
