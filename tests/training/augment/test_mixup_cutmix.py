import numpy as np
import pytest
from scipy import stats

from tests.training.augment.draws import draw
from training.augment.mixup_cutmix import cutmix, mixup, mixup_or_cutmix


def batch(count=4, height=12, width=17, classes=5):
    rng = np.random.default_rng(0)
    images = rng.uniform(1, 255, (count, height, width, 3)).astype("float32")
    return images, np.eye(classes, dtype="float32")[rng.permutation(classes)[:count]]


def test_mixup():
    images, labels = batch()
    mixed_images, mixed_labels = mixup(images, labels, 0.3)
    before = [3, 0, 1, 2]
    np.testing.assert_allclose(mixed_images, 0.3 * images + 0.7 * images[before], rtol=1e-6)
    np.testing.assert_allclose(mixed_labels, 0.3 * labels + 0.7 * labels[before], rtol=1e-6)
    assert mixed_images.dtype == mixed_labels.dtype == "float32"


def test_one_image_is_its_own_partner():
    images, labels = batch(1)
    np.testing.assert_allclose(mixup(images, labels, 0.3)[0], images, rtol=1e-6)
    np.testing.assert_array_equal(cutmix(images, labels, 0.3, np.random.default_rng(0))[0], images)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_cutmix(share):
    images, labels = batch()
    images[:] = np.arange(1, 5).reshape(4, 1, 1, 1)  # each of its own level
    half_height, half_width = (int(0.5 * np.sqrt(1 - share) * size) for size in (12, 17))
    corners = set()
    for mixed_images, mixed_labels in draw(lambda rng: cutmix(images, labels, share, rng), 40):
        pasted = mixed_images != images
        np.testing.assert_array_equal(pasted, np.broadcast_to(pasted[:1, :, :, :1], pasted.shape))
        np.testing.assert_array_equal(mixed_images, np.where(pasted, images[[3, 0, 1, 2]], images))
        kept = 1 - pasted[0, :, :, 0].mean()
        np.testing.assert_allclose(mixed_labels, kept * labels + (1 - kept) * labels[[3, 0, 1, 2]], atol=1e-6)
        rows, columns = (pasted[0, :, :, 0].any(axis=axis).nonzero()[0] for axis in (1, 0))
        if len(rows):
            assert rows[-1] - rows[0] + 1 == len(rows) <= 2 * half_height
            assert columns[-1] - columns[0] + 1 == len(columns) <= 2 * half_width
            corners.add((rows[0], columns[0]))
            if rows[0] > 0 and rows[-1] < 11:
                assert len(rows) == 2 * half_height
    assert len(corners) > 4 or share == 1.0


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_share_is_beta(alpha):
    """Blended with a black image, a white one shows the share."""
    images = np.zeros((2, 1, 1, 1), "float32")
    images[0] = 1
    mixed = draw(lambda rng: mixup_or_cutmix(images, np.eye(2, dtype="float32"), rng, alpha, 0.0, 1.0), 400)
    shares = [float(mixed_images[0, 0, 0, 0]) for mixed_images, _ in mixed]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 0.01
    np.testing.assert_allclose([labels[0, 0] for _, labels in mixed], shares, atol=1e-6)


def kind(images, mixed):
    """0 as it was, 1 pasted, 2 blended."""
    if np.array_equal(mixed, images):
        return 0
    return 1 if np.all((mixed == images) | (mixed == np.roll(images, 1, axis=0))) else 2


def kinds(count, **options):
    images, labels = batch(3, 16, 16)
    return draw(lambda rng: kind(images, mixup_or_cutmix(images, labels, rng, **options)[0]), count)


def test_half_of_the_batches_stay_as_they_are():
    shares = np.bincount(kinds(600, mixup_alpha=5.0), minlength=3) / 600
    np.testing.assert_allclose(shares, [0.5, 0.25, 0.25], atol=0.05)  # a few boxes are empty


@pytest.mark.parametrize(("alphas", "allowed"), [((5.0, 0.0), {2}), ((0.0, 1.0), {0, 1}), ((0.0, 0.0), {0})])
def test_each_alone(alphas, allowed):
    found = set(kinds(50, mixup_alpha=alphas[0], cutmix_alpha=alphas[1], probability=1.0))
    assert found <= allowed
    assert max(allowed) in found


def test_arguments_stay_as_they_are():
    images, labels = batch()
    before = images.copy(), labels.copy()
    mixed = draw(lambda rng: mixup_or_cutmix(images, labels, rng, probability=1.0)[1], 20)
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(labels, before[1])
    np.testing.assert_allclose(np.sum(mixed, axis=-1), 1.0, atol=1e-6)
