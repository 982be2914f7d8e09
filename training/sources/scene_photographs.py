"""Loads the photographs of scikit-learn and scikit-image, which need no download."""

import numpy as np

# Names with a suffix are images of scikit-learn. The other names are functions of `skimage.data`.
TRAIN_PHOTOGRAPHS = (
    *("china.jpg", "astronaut", "brick", "camera", "cell", "clock", "coffee", "coins", "grass"),
    *("immunohistochemistry", "retina", "rocket", "stereo_motorcycle"),
)
TEST_PHOTOGRAPHS = ("flower.jpg", "chelsea", "gravel", "hubble_deep_field")


def load_photographs(names):
    """Loads photographs by name.

    Args:
        names: Sequence of strings, elements of `TRAIN_PHOTOGRAPHS` or `TEST_PHOTOGRAPHS`.

    Returns:
        List of uint8 arrays of shape `(height, width, 3)`, RGB, 0-255.

    Raises:
        ImportError: If scikit-learn or scikit-image is not installed.
    """
    try:
        from skimage import data
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise ImportError(
            f"Digit scenes need {error.name}. Install it with `pip install keras-mobilevitv3[train]`"
        ) from error

    photographs = []
    for name in names:
        image = load_sample_image(name) if "." in name else getattr(data, name)()
        image = image[0] if isinstance(image, tuple) else image  # the left image of a stereo pair
        image = image if image.ndim == 3 else image[..., None]  # gray images have no channels
        photographs.append(np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3))))
    return photographs
