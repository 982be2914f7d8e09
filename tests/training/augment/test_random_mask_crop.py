import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import draw, photo
from training.augment import VOID
from training.augment.random_mask_crop import random_mask_crop, sample_corner

SIZE = 32


def numbered(height, width):
    """A mask, and an image whose first channel is the mask: what moves together stays equal."""
    mask = np.random.default_rng(0).integers(0, 200, (height, width)).astype("uint8")
    return np.stack([mask, mask // 2, 255 - mask], axis=-1), mask


@pytest.mark.parametrize("padding", [True, False])
def test_image_and_mask_move_together(padding):
    image, mask = numbered(50, 41)
    results = draw(lambda rng: random_mask_crop(image, mask, rng, SIZE, padding), 30)
    for result, cropped in results:
        assert result.shape == (SIZE, SIZE, 3)
        np.testing.assert_array_equal(result[..., 0], cropped)
    assert len({cropped.tobytes() for _, cropped in results}) > 20


@pytest.mark.parametrize(("height", "width"), [(20, 50), (50, 20), (1, 1), (20, 20)])
def test_small_images_are_padded_at_the_right_and_at_the_bottom(height, width):
    image, mask = numbered(height, width)
    result, cropped = random_mask_crop(image, mask, np.random.default_rng(0), SIZE, padding=True)
    assert (result.shape, cropped.shape) == ((SIZE, SIZE, 3), (SIZE, SIZE))
    outside = np.ones((SIZE, SIZE), bool)
    outside[:height, :width] = False
    assert (cropped[outside] == VOID).all()
    assert not result[outside].any()
    np.testing.assert_array_equal(result[~outside][:, 0], cropped[~outside])


def test_small_images_are_enlarged():
    """The shorter side to the size, the longer one in proportion: here both are doubled."""
    image, mask = photo(16, 80), photo(16, 80)[..., 1]
    how = {"interpolation": "bicubic", "antialias": True, "nearest": "centre"}
    result, cropped = random_mask_crop(image, mask, np.random.default_rng(1), SIZE, **how)
    left = np.random.default_rng(1).integers((0, 128), endpoint=True)[1]
    enlarged = Image.fromarray(image).resize((160, 32), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(result, np.asarray(enlarged)[:, left : left + SIZE])
    enlarged = Image.fromarray(mask).resize((160, 32), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(cropped, np.asarray(enlarged)[:, left : left + SIZE])


@pytest.mark.parametrize("max_class_share", [None, 0.99])
def test_corners_are_uniform(max_class_share):
    mask = numbered(35, 33)[1]
    corners = np.array(draw(lambda rng: sample_corner(mask, rng, SIZE, max_class_share), 800))
    counts = np.histogram2d(corners[:, 0], corners[:, 1], (range(5), range(3)))[0]
    assert abs(counts - 100).max() < 35


def dominance(mask, corner, void=VOID):
    part = mask[corner[0] : corner[0] + SIZE, corner[1] : corner[1] + SIZE].ravel()
    counts = np.bincount(part[part != void])
    return counts.max() / counts.sum() if len(counts) else 0.0


def test_no_class_dominates():
    """A third of the mask is of a second class, and the border void: crops with enough of it are found."""
    mask = np.zeros((96, 96), "uint8")
    mask[:, 64:] = 3
    mask[:8] = VOID
    free = draw(lambda rng: sample_corner(mask, rng, SIZE), 200)
    checked = draw(lambda rng: sample_corner(mask, rng, SIZE, 0.75), 200)
    assert np.mean([dominance(mask, corner) >= 0.75 for corner in free]) > 0.5
    assert np.mean([dominance(mask, corner) < 0.75 for corner in checked]) > 0.85  # a few after ten tries


def test_first_accepted_of_ten_draws():
    mask = np.zeros((96, 96), "uint8")
    mask[40:56, 40:56] = 1
    corners = draw(lambda rng: rng.integers(64, size=(10, 2), endpoint=True), 20)
    expected = [next((each for each in ten if dominance(mask, each) < 0.9), ten[9]) for ten in corners]
    np.testing.assert_array_equal(draw(lambda rng: sample_corner(mask, rng, SIZE, 0.9), 20), expected)


@pytest.mark.parametrize(
    ("mask", "void", "draws"),
    [
        ("half_void", None, 1),  # two classes of equal share
        ("half_void", VOID, 10),  # one class only
        ("void", VOID, 1),
        ("one_class", VOID, 10),
    ],
)
def test_void(mask, void, draws):
    mask = {"half_void": [[VOID, 0]], "void": [[VOID, VOID]], "one_class": [[3, 3]]}[mask]
    mask = np.tile(np.array(mask, "uint8"), (SIZE + 9, SIZE))
    corners = np.random.default_rng(0).integers(np.subtract(mask.shape, SIZE), size=(draws, 2), endpoint=True)
    corner = sample_corner(mask, np.random.default_rng(0), SIZE, 0.75, void=void)
    np.testing.assert_array_equal(corner, corners[-1])
