import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.training.augment.draws import draw
from training.augment.mixup_cutmix import cutmix, mixup, mixup_or_cutmix, sample_beta


def batch(count=4, height=12, width=17, classes=5):
    rng = np.random.default_rng(0)
    images = rng.uniform(1, 255, (count, height, width, 3)).astype("float32")
    return images, np.eye(classes, dtype="float32")[rng.permutation(classes)[:count]]


def test_mixup():
    images, labels = batch()
    mixed_images, mixed_labels = mixup(tf.constant(images), tf.constant(labels), 0.3)
    before = [3, 0, 1, 2]
    np.testing.assert_allclose(mixed_images, 0.3 * images + 0.7 * images[before], rtol=1e-6)
    np.testing.assert_allclose(mixed_labels, 0.3 * labels + 0.7 * labels[before], rtol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_cutmix(share):
    images, labels = batch()
    images = np.arange(1, 5, dtype="float32").reshape(4, 1, 1, 1) + np.zeros_like(images)  # each of its own level
    half_height, half_width = (int(0.5 * np.sqrt(1 - share) * size) for size in (12, 17))
    centers = set()
    for number in range(40):
        mixed_images, mixed_labels = cutmix(tf.constant(images), tf.constant(labels), share, (number, 0))
        pasted = mixed_images.numpy() != images
        np.testing.assert_array_equal(pasted, pasted[:1, :, :, :1] + np.zeros_like(pasted))
        np.testing.assert_array_equal(mixed_images, np.where(pasted, images[[3, 0, 1, 2]], images))
        kept = 1 - pasted[0, :, :, 0].mean()
        np.testing.assert_allclose(mixed_labels, kept * labels + (1 - kept) * labels[[3, 0, 1, 2]], atol=1e-6)
        rows, columns = (pasted[0, :, :, 0].any(axis=axis).nonzero()[0] for axis in (1, 0))
        if len(rows):
            assert rows[-1] - rows[0] + 1 == len(rows) <= 2 * half_height
            assert columns[-1] - columns[0] + 1 == len(columns) <= 2 * half_width
            centers.add((rows[0], columns[0]))
            if rows[0] > 0 and rows[-1] < 11:
                assert len(rows) == 2 * half_height
    assert len(centers) > 4 or share == 1.0


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_beta(alpha):
    shares = draw(lambda seed: sample_beta(seed, alpha), 3000)
    assert np.isfinite(shares).all()
    exact = shares[(shares > 0) & (shares < 1)] if alpha < 1 else shares  # float32 rounds shares near 1 to 1
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 0.001
    assert len(exact) > 0.9 * len(shares)


def kind(images, mixed):
    """0 as it was, 1 pasted, 2 blended."""
    from_other = tf.reduce_all((mixed == images) | (mixed == tf.roll(images, 1, axis=0)))
    return tf.where(tf.reduce_all(mixed == images), 0, tf.where(from_other, 1, 2))


def test_half_of_the_batches_stay_as_they_are():
    images, labels = (tf.constant(value) for value in batch(3, 16, 16))
    kinds = draw(lambda seed: kind(images, mixup_or_cutmix(images, labels, seed, mixup_alpha=5.0)[0]), 2000)
    shares = np.bincount(kinds, minlength=3) / 2000
    np.testing.assert_allclose(shares, [0.5, 0.25, 0.25], atol=0.035)  # a few boxes are empty


@pytest.mark.parametrize(("alphas", "allowed"), [((5.0, 0.0), {2}), ((0.0, 1.0), {0, 1}), ((0.0, 0.0), {0})])
def test_each_alone(alphas, allowed):
    images, labels = (tf.constant(value) for value in batch(3))
    kinds = draw(lambda seed: kind(images, mixup_or_cutmix(images, labels, seed, *alphas, 1.0)[0]), 50)
    assert set(kinds) <= allowed
    assert max(allowed) in kinds


def test_labels_add_up_to_one():
    images, labels = (tf.constant(value) for value in batch())
    mixed = draw(lambda seed: mixup_or_cutmix(images, labels, seed, probability=1.0)[1], 200)
    np.testing.assert_allclose(mixed.sum(axis=-1), 1.0, atol=1e-6)
    assert mixed.min() >= 0
