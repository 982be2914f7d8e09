"""Handwritten digits on photographs, a data set for segmentation and detection that needs no download."""

import numpy as np

from keras_mobilevitv3.demo.digits import load_digits
from training.data.array_scenes import ArrayDetectionSource, ArraySegmentationSource
from training.data.scene_photographs import TEST_PHOTOGRAPHS, TRAIN_PHOTOGRAPHS, load_photographs
from training.data.scene_rendering import Scene, SceneStyle, render_scene

DIGIT_NAMES = tuple(str(digit) for digit in range(10))
SPLITS = ("train", "test")


def render_digit_scenes(split, count, size=160, seed=0, style=None):
    """Renders scenes of handwritten digits on crops of photographs.

    Training and test scenes have other digits, by the split of the demo, and crops of other photographs. A scene
    depends on the split, the seed and its number only.

    Args:
        split: String, `"train"` or `"test"`.
        count: Integer, number of scenes.
        size: Integer, height and width in pixels; with the default style digits are 16 pixels high and more from 64
            on. Defaults to `160`.
        seed: Integer. Defaults to `0`.
        style: `SceneStyle`, or `None` for its defaults. Defaults to `None`.

    Returns:
        List of `Scene`.

    Raises:
        ImportError: If scikit-learn, scikit-image or Pillow is not installed.
        ValueError: If `split` is not one of the two.
    """
    if split not in SPLITS:
        raise ValueError(f"`split` must be one of {list(SPLITS)}. Received: split={split!r}")
    all_digits = load_digits()
    if split == "train":
        digits, labels, photographs = all_digits.train_images, all_digits.train_labels, TRAIN_PHOTOGRAPHS
    else:
        digits, labels, photographs = all_digits.test_images, all_digits.test_labels, TEST_PHOTOGRAPHS
    digits, photographs = digits[..., 0], load_photographs(photographs)
    style = SceneStyle() if style is None else style
    return [
        render_scene(
            np.random.default_rng([seed, SPLITS.index(split), number]), size, photographs, digits, labels, style
        )
        for number in range(count)
    ]


def digit_scenes_segmentation_sources(size=160, train_count=3000, test_count=300, seed=0, style=None):
    """Returns the sources of training and test: eleven classes, the background and the ink of each digit.

    Args:
        size, seed, style: See `render_digit_scenes`.
        train_count: Integer. Defaults to `3000`.
        test_count: Integer. Defaults to `300`.

    Returns:
        Tuple of two `ArraySegmentationSource`.
    """
    names = ("background", *DIGIT_NAMES)
    sources = []
    for split, count in zip(SPLITS, (train_count, test_count)):
        scenes = _stacked(render_digit_scenes(split, count, size, seed, style))
        sources.append(ArraySegmentationSource(np.stack(scenes.image), np.stack(scenes.mask), names))
    return tuple(sources)


def digit_scenes_detection_sources(size=160, train_count=3000, test_count=300, seed=0, style=None):
    """Returns the sources of training and test: ten classes, the digits, with boxes tight around their visible ink.

    Args:
        size, seed, style: See `render_digit_scenes`.
        train_count: Integer. Defaults to `3000`.
        test_count: Integer. Defaults to `300`.

    Returns:
        Tuple of two `ArrayDetectionSource`.
    """
    sources = []
    for split, count in zip(SPLITS, (train_count, test_count)):
        scenes = _stacked(render_digit_scenes(split, count, size, seed, style))
        sources.append(
            ArrayDetectionSource(np.stack(scenes.image), scenes.boxes, scenes.labels, DIGIT_NAMES, scenes.areas)
        )
    return tuple(sources)


def _stacked(scenes):
    """One `Scene` of lists."""
    return Scene(*(list(part) for part in zip(*scenes)))
