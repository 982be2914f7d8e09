import numpy as np
import pytest

from training.data.array_source import ArraySource
from training.data.epoch_plan import epoch_order

IMAGES = np.arange(4 * 2 * 3 * 3, dtype="uint8").reshape(4, 2, 3, 3)


def test_samples():
    source = ArraySource(IMAGES, [0, 2, 1, 0], ("a", "b", "c"))
    assert len(source) == 4
    for seed, order in ((None, range(4)), (5, epoch_order(4, 5, 1))):
        samples = list(source.references(seed, epoch=1))
        assert [int(sample["label"]) for sample in samples] == [[0, 2, 1, 0][index] for index in order]
        assert [sample["name"].numpy().decode() for sample in samples] == [str(index) for index in order]
        for sample, index in zip(samples, order):
            np.testing.assert_array_equal(source.load(sample), IMAGES[index])


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
