import numpy as np
import pytest

from training.sources.array_source import ArraySource

IMAGES = np.arange(4 * 2 * 3 * 3, dtype="uint8").reshape(4, 2, 3, 3)


def test_samples():
    source = ArraySource(IMAGES, [0, 2, 1, 0], ("a", "b", "c"))
    assert len(source) == 4
    assert source.references().tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(source.references(5, epoch=1), np.random.default_rng([5, 1, 0]).permutation(4))
    for number, label in enumerate([0, 2, 1, 0]):
        image, found = source.load(number)
        np.testing.assert_array_equal(image, IMAGES[number])
        assert (found, type(found), source.name(number)) == (label, int, str(number))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype("float32"), [0] * 4, "`images` must be a uint8 array .* Received: float32"),
        (IMAGES[..., :1], [0] * 4, r"of shape \(4, 2, 3, 1\)"),
        (IMAGES, [0] * 3, r"`labels` must be 4, one for each image. Received: shape=\(3,\)"),
        (IMAGES, [0, 1, 2, 3], r"`labels` must be in \[0, 3\).* Received: labels from 0 to 3"),
    ],
)
def test_bad_arrays(images, labels, message):
    with pytest.raises(ValueError, match=message):
        ArraySource(images, labels, ("a", "b", "c"))
