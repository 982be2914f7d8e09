import numpy as np
import pytest
import tensorflow as tf

from tests.training.augment.draws import draw, photo
from training.augment import VOID
from training.augment.random_mask_crop import random_mask_crop, sample_corner

SIZE = 32


def numbered(height, width):
    """An image whose first channel is that of the mask: what moves together stays equal."""
    mask = np.random.default_rng(0).integers(0, 200, (height, width)).astype("uint8")
    return np.stack([mask, mask // 2, 255 - mask], axis=-1), mask


@pytest.mark.parametrize("padding", [True, False])
def test_image_and_mask_move_together(padding):
    image, mask = numbered(50, 41)
    images, masks = draw(lambda seed: random_mask_crop(image, mask, seed, SIZE, padding), 30)
    assert images.shape == (30, SIZE, SIZE, 3)
    np.testing.assert_array_equal(images[..., 0], masks)
    assert len({part.tobytes() for part in masks}) > 20


def test_small_images_are_padded_at_the_right_and_at_the_bottom():
    image, mask = numbered(20, 50)
    result, cropped = random_mask_crop(image, mask, (0, 0), SIZE, padding=True)
    assert (cropped[20:] == VOID).numpy().all()
    assert not np.any(result[20:])
    np.testing.assert_array_equal(result[:20, :, 0], cropped[:20])


def test_small_images_are_enlarged():
    """The shorter side to the size, the other one in proportion."""
    mask = np.repeat(np.arange(80, dtype="uint8")[None], 16, axis=0)
    image = np.repeat(mask[..., None], 3, axis=-1)
    result, cropped = random_mask_crop(image, mask, (0, 1), SIZE)
    np.testing.assert_array_equal(cropped[:, 1::2], cropped[:, ::2])  # each pixel twice
    assert np.abs(result[..., 0].numpy().astype(int) - cropped.numpy()).max() <= 1


def test_corners_are_uniform():
    corners = draw(lambda seed: sample_corner(np.zeros((35, 33), "uint8"), seed, SIZE), 2000)
    counts = np.histogram2d(corners[:, 0], corners[:, 1], (4, 2))[0]
    assert abs(counts - 250).max() < 60


def dominance(mask, corner, void=VOID):
    part = mask[corner[0] : corner[0] + SIZE, corner[1] : corner[1] + SIZE].ravel()
    counts = np.bincount(part[part != void] if void is not None else part)
    return counts.max() / counts.sum() if len(counts) else 0.0


def test_no_class_dominates():
    """A quarter of the mask is of a second class, and the border void: crops with enough of it are found."""
    mask = np.zeros((96, 96), "uint8")
    mask[:, 64:] = 3
    mask[:8] = VOID
    checked, free = (
        draw(lambda seed, share=share: sample_corner(tf.constant(mask), seed, SIZE, share), 200)
        for share in (0.75, None)
    )
    assert np.mean([dominance(mask, corner) >= 0.75 for corner in free]) > 0.5
    assert np.mean([dominance(mask, corner) < 0.75 for corner in checked]) > 0.85  # a few after ten tries


def test_first_accepted_of_the_same_draws():
    mask = np.zeros((96, 96), "uint8")
    mask[40:56, 40:56] = 1
    for number in range(20):
        draws = tf.random.stateless_uniform([10, 2], (0, number)).numpy()
        corners = (draws * np.float32(65)).astype(int)
        accepted = [number for number, corner in enumerate(corners) if dominance(mask, corner) < 0.9]
        expected = corners[accepted[0] if accepted else 9]
        np.testing.assert_array_equal(sample_corner(mask, (0, number), SIZE, 0.9), expected)


def test_void_counts_as_a_class_where_it_should():
    """All of one class and void: one class only, or two of equal share."""
    mask = np.zeros((SIZE + 1, SIZE + 1), "uint8")
    mask[::2] = VOID
    draws = tf.random.stateless_uniform([10, 2], (0, 0)).numpy()
    first, last = (draws[number].astype("float32") * 2 // 1 for number in (0, 9))
    np.testing.assert_array_equal(sample_corner(mask, (0, 0), SIZE, 0.75, void=None), first)
    np.testing.assert_array_equal(sample_corner(mask, (0, 0), SIZE, 0.75), last)


def test_void_only_is_accepted():
    mask = np.full((SIZE + 9, SIZE + 9), VOID, "uint8")
    first = (tf.random.stateless_uniform([10, 2], (0, 0)).numpy()[0] * np.float32(10)).astype(int)
    np.testing.assert_array_equal(sample_corner(mask, (0, 0), SIZE, 0.75), first)


def test_mask_is_that_of_a_photograph():
    image = photo(64, 64)
    mask = image[..., 1] // 2
    result, cropped = random_mask_crop(image, mask, (0, 5), SIZE, max_class_share=0.5)
    np.testing.assert_array_equal(result[..., 1] // 2, cropped)
