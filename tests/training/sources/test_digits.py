import numpy as np

from training.sources.digits import digits_sources


def test_digits():
    train, test = digits_sources()
    assert (len(train), len(test)) == (1437, 360)
    assert train.images.shape == (1437, 64, 64, 3)
    assert train.class_names == test.class_names
    assert len(test.class_names) == 10
    shares = [np.bincount(source.labels) / len(source) for source in (train, test)]
    np.testing.assert_allclose(*shares, atol=0.003)
