"""Handwritten digits on photographs, a data set for all tasks that needs no download."""

from dataclasses import replace

import numpy as np

from training.sources.ground_truth import AnnotatedImage, coco_ground_truth
from training.sources.scene_photographs import TEST_PHOTOGRAPHS, TRAIN_PHOTOGRAPHS, load_photographs
from training.sources.scene_rendering import Scene, SceneStyle, render_scene
from training.sources.source import NumberedSamples

DIGIT_NAMES = tuple(str(digit) for digit in range(10))
SPLITS = ("train", "test")
# Training scenes change the few photographs, to have more kinds of background.
STYLES = {"train": SceneStyle(zoom=3.0, recolour=True), "test": SceneStyle()}
LARGE = (0.5, 0.9)  # heights of digits, as shares of the height of a scene


class SceneRenderer:
    """Renders scenes of handwritten digits on crops of photographs by number.

    Training and test scenes have different digits (the split of the demo) and different photographs. A scene depends on
    the split, the seed and its number only.

    Args:
        split: String, `"train"` or `"test"`.
        size: Integer, height and width in pixels. From 64 on, digits of the default style are at least 16 pixels high.
            Defaults to `160`.
        seed: Integer. Defaults to `0`.
        style: `SceneStyle`, or `None` for the style of the split in `STYLES`. Defaults to `None`.

    Raises:
        ImportError: If scikit-learn, scikit-image or Pillow is not installed.
        ValueError: If `split` is neither `"train"` nor `"test"`.
    """

    def __init__(self, split: str, size: int = 160, seed: int = 0, style: SceneStyle | None = None):
        if split not in SPLITS:
            raise ValueError(f"`split` must be one of {list(SPLITS)}. Received: split={split!r}")
        from keras_mobilevitv3.demo.digits import load_digits  # here, because this imports Keras

        digits = load_digits()
        if split == "train":
            images, self.labels, photographs = digits.train_images, digits.train_labels, TRAIN_PHOTOGRAPHS
        else:
            images, self.labels, photographs = digits.test_images, digits.test_labels, TEST_PHOTOGRAPHS
        self.digits, self.photographs = images[..., 0], load_photographs(photographs)
        self.split, self.size, self.seed = split, size, seed
        self.style = STYLES[split] if style is None else style

    def __call__(self, number: int, digit: int | None = None) -> Scene:
        """Returns the `Scene` of a number. If `digit`, an index, is given, all digits of the scene are this digit."""
        rng = np.random.default_rng([self.seed, SPLITS.index(self.split), int(number)])
        digits = slice(None) if digit is None else [int(digit)]
        return render_scene(rng, self.size, self.photographs, self.digits[digits], self.labels[digits], self.style)


class _DigitScenes(NumberedSamples):
    """Scenes that are rendered when they are read. References are numbers of scenes. Shuffled epochs have new scenes.

    Args:
        count: Integer, number of scenes in an epoch.
        renderer: `SceneRenderer`.
    """

    def __init__(self, count: int, renderer: SceneRenderer):
        self.count, self.renderer = count, renderer

    def __len__(self):
        return self.count

    def references(self, seed: int | None = None, epoch: int = 0) -> np.ndarray:
        """See `Source.references`."""
        order = super().references(seed, epoch)
        return order if seed is None else epoch * self.count + order


class DigitClassificationScenes(_DigitScenes):
    """A `Source` of ten classes. Each scene has copies of one digit. Successive scenes use the digits in turn."""

    class_names = DIGIT_NAMES

    def load(self, reference: int) -> tuple[np.ndarray, int]:
        """See `Source.load`."""
        digit = reference % len(self.renderer.labels)
        return self.renderer(reference, digit).image, int(self.renderer.labels[digit])


class DigitSegmentationScenes(_DigitScenes):
    """A `SegmentationSource` of eleven classes: the background and the ink of each digit."""

    class_names = ("background", *DIGIT_NAMES)

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray]:
        """See `SegmentationSource.load`."""
        scene = self.renderer(reference)
        return scene.image, scene.mask


class DigitDetectionScenes(_DigitScenes):
    """A `DetectionSource` of ten classes: the digits, with boxes tight around their visible ink."""

    class_names = DIGIT_NAMES
    category_ids = tuple(range(1, 11))

    def image_id(self, reference: int) -> int:
        """See `DetectionSource.image_id`."""
        return int(reference)

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `DetectionSource.load`."""
        scene = self.renderer(reference)
        return scene.image, scene.boxes, scene.labels

    def to_coco(self) -> dict:
        """See `DetectionSource.to_coco`."""
        size = self.renderer.size
        scenes = ((number, self.renderer(number)) for number in range(self.count))
        annotated = (
            AnnotatedImage(number, str(number), size, size, each.boxes, each.labels, each.areas, 0 * each.labels)
            for number, each in scenes
        )
        return coco_ground_truth(annotated, self.class_names, self.category_ids)


def digit_scenes_classification_sources(
    size: int = 160, train_count: int = 3000, test_count: int = 300, seed: int = 0
) -> tuple:
    """Returns the sources of training and test, see `DigitClassificationScenes`. The digits are large.

    Args:
        train_count: Integer, number of scenes in an epoch. Defaults to `3000`.
        test_count: Integer, number of test scenes. Defaults to `300`.
        size, seed: See `SceneRenderer`.
    """
    return _sources(DigitClassificationScenes, size, train_count, test_count, seed, digits=(1, 1), scale=LARGE)


def digit_scenes_segmentation_sources(
    size: int = 160, train_count: int = 3000, test_count: int = 300, seed: int = 0
) -> tuple:
    """Returns the sources of training and test, see `DigitSegmentationScenes`. The digits are large.

    Args:
        train_count: Integer, number of scenes in an epoch. Defaults to `3000`.
        test_count: Integer, number of test scenes. Defaults to `300`.
        size, seed: See `SceneRenderer`.
    """
    return _sources(DigitSegmentationScenes, size, train_count, test_count, seed, scale=LARGE)


def digit_scenes_detection_sources(
    size: int = 160, train_count: int = 3000, test_count: int = 300, seed: int = 0, scale: tuple | None = None
) -> tuple:
    """Returns the sources of training and test, see `DigitDetectionScenes`.

    Args:
        train_count: Integer, number of scenes in an epoch. Defaults to `3000`.
        test_count: Integer, number of test scenes. Defaults to `300`.
        size, seed: See `SceneRenderer`.
        scale: Pair of floats, see `SceneStyle`, or `None` for its default. Defaults to `None`.
    """
    style = {} if scale is None else {"scale": scale}
    return _sources(DigitDetectionScenes, size, train_count, test_count, seed, **style)


def _sources(kind, size, train_count, test_count, seed, **style):
    return tuple(
        kind(count, SceneRenderer(split, size, seed, replace(STYLES[split], **style)))
        for split, count in zip(SPLITS, (train_count, test_count))
    )
