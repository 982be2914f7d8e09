import numpy as np
import pytest

from training.sources.scene_rendering import LUMA, SceneStyle, render_scene

PHOTOGRAPH = np.random.default_rng(0).integers(90, 130, (150, 200, 3)).astype("uint8")
SIZE = 96


def digits():
    """Two kinds of ink that are told apart by their shape: a bar and a ring, at the border of 64x64 pixels."""
    bar, ring = np.zeros((64, 64), "uint8"), np.zeros((64, 64), "uint8")
    bar[4:60, 24:40] = 255
    ring[4:60, 4:60] = 255
    ring[20:44, 20:44] = 0
    return np.stack([bar, ring])


def render(number, style=None, photographs=(PHOTOGRAPH,)):
    rng = np.random.default_rng(number)
    return render_scene(rng, SIZE, photographs, digits(), np.array([1, 7]), style or SceneStyle())


def test_what_is_in_a_scene():
    for number in range(30):
        scene = render(number)
        assert (scene.image.dtype, scene.image.shape) == (np.uint8, (SIZE, SIZE, 3))
        assert (scene.mask.dtype, scene.mask.shape) == (np.uint8, (SIZE, SIZE))
        assert 1 <= len(scene.labels) <= 3
        assert set(np.unique(scene.mask)) - {0} == {label + 1 for label in scene.labels}
        assert scene.areas.sum() == np.count_nonzero(scene.mask)


def test_boxes_are_tight_around_visible_ink():
    style = SceneStyle(digits=(1, 1), rotation=20.0)
    for number in range(20):
        scene = render(number, style)
        rows, columns = np.nonzero(scene.mask)
        assert scene.boxes.tolist() == [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]
        height = scene.boxes[0, 3] - scene.boxes[0, 1]
        assert 16 <= height <= SIZE * 0.55 * 1.3


def test_ink_is_where_the_mask_says_and_differs_from_the_photograph():
    style = SceneStyle(digits=(1, 2), opacity=(1.0, 1.0), max_covered=0.0)
    for number in range(30):
        scene = render(number, style)
        luma = scene.image @ LUMA
        ground = luma[scene.mask == 0].mean()
        for box, label in zip(scene.boxes.astype(int), scene.labels):
            part = np.s_[box[1] : box[3], box[0] : box[2]]
            ink = luma[part][scene.mask[part] == label + 1]
            assert abs(np.median(ink) - ground) > 80  # 100 from what was below


def test_a_tenth_of_a_digit_is_covered_at_most():
    crowded = SceneStyle(digits=(5, 5), scale=(0.5, 0.5), rotation=0.0)
    counts = []
    for number in range(20):
        scene = render(number, crowded)
        counts.append(len(scene.labels))
        for area, label in zip(scene.areas, scene.labels):
            ink = (digits()[[1, 7].index(label)] > 96).mean() * 48 * 48
            assert area > 0.85 * ink
    assert min(counts) >= 1
    assert np.mean(counts) < 5  # some found no place


def test_same_generator_gives_the_same_scene():
    for first, second in zip(render(3), render(3)):
        np.testing.assert_array_equal(first, second)
    assert np.any(render(3).image != render(4).image)


@pytest.mark.parametrize("size", [40, 150, 300])
def test_photograph_smaller_or_larger_than_the_scene(size):
    scene = render_scene(np.random.default_rng(0), size, [PHOTOGRAPH], digits(), np.array([1, 7]), SceneStyle())
    assert scene.image.shape == (size, size, 3)
    assert 90 <= np.median(scene.image[scene.mask == 0]) <= 130


def ground(number, photograph, **style):
    """Pixels of a scene that no digit covers."""
    scene = render(number, SceneStyle(digits=(1, 1), scale=(0.3, 0.3), **style), [photograph])
    return scene.image[scene.mask == 0]


def test_zoom():
    """Less of a photograph is seen: of one whose levels grow by one from column to column, fewer levels."""
    ramp = np.broadcast_to(np.arange(200, dtype="uint8")[None, :, None], (150, 200, 3))
    shown = {zoom: [np.ptp(ground(number, ramp, zoom=zoom)) for number in range(40)] for zoom in (1.0, 3.0)}
    assert min(shown[1.0]) > SIZE - 10
    assert SIZE / 3 - 10 < min(shown[3.0]) < SIZE / 2
    assert max(shown[3.0]) > SIZE


def test_recoloured_photographs():
    """Channels change places and become brighter or darker; half of the photographs are negatives."""

    def colours(levels, **style):
        photograph = np.broadcast_to(np.array(levels, "uint8"), (150, 200, 3))
        return np.stack([np.median(ground(number, photograph, **style), axis=0) for number in range(60)])

    assert len(np.unique(np.argsort(colours([10, 80, 220], recolour=True)), axis=0)) == 6
    dark = colours([60, 60, 60], recolour=True)  # to the power of 0.5 to 2
    assert 14 <= dark.min() < 25 and 230 < dark.max() <= 241
    negatives = np.all(dark > 127, axis=1)
    assert 20 <= negatives.sum() <= 40
    assert np.all(dark[~negatives] < 127)
    assert np.all(colours([10, 80, 220]) == [10, 80, 220])
