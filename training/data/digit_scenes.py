"""Handwritten digits on photographs, a data set for segmentation and detection that needs no download."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from keras_mobilevitv3.demo.digits import load_digits
from training.data.array_scenes import ArrayDetectionSource
from training.data.epoch_plan import epoch_order
from training.data.scene_photographs import TEST_PHOTOGRAPHS, TRAIN_PHOTOGRAPHS, load_photographs
from training.data.scene_rendering import Scene, SceneStyle, render_scene

DIGIT_NAMES = tuple(str(digit) for digit in range(10))
SPLITS = ("train", "test")
# Training scenes have more kinds of ground than the few photographs.
STYLES = {"train": SceneStyle(zoom=3.0, recolour=True), "test": SceneStyle()}
LARGE = (0.5, 0.9)  # shares of the height of a scene
PART_TYPES = {"image": tf.uint8, "mask": tf.uint8, "boxes": tf.float32, "labels": tf.int32}


class SceneRenderer:
    """Renders scenes of handwritten digits on crops of photographs, each by its number.

    Training and test scenes have other digits, by the split of the demo, and crops of other photographs. A scene
    depends on the split, the seed and its number only.

    Args:
        split: String, `"train"` or `"test"`.
        size: Integer, height and width in pixels; with the default style digits are 16 pixels high and more from 64
            on. Defaults to `160`.
        seed: Integer. Defaults to `0`.
        style: `SceneStyle`, or `None` for that of the split in `STYLES`. Defaults to `None`.

    Raises:
        ImportError: If scikit-learn, scikit-image or Pillow is not installed.
        ValueError: If `split` is not one of the two.
    """

    def __init__(self, split, size=160, seed=0, style=None):
        if split not in SPLITS:
            raise ValueError(f"`split` must be one of {list(SPLITS)}. Received: split={split!r}")
        digits = load_digits()
        if split == "train":
            images, self.labels, photographs = digits.train_images, digits.train_labels, TRAIN_PHOTOGRAPHS
        else:
            images, self.labels, photographs = digits.test_images, digits.test_labels, TEST_PHOTOGRAPHS
        self.digits, self.photographs = images[..., 0], load_photographs(photographs)
        self.split, self.size, self.seed = split, size, seed
        self.style = STYLES[split] if style is None else style

    def __call__(self, number, digit=None):
        """Returns the `Scene` of a number, in which all digits are the one of an index, if there is one."""
        rng = np.random.default_rng([self.seed, SPLITS.index(self.split), int(number)])
        digits = slice(None) if digit is None else [int(digit)]
        return render_scene(rng, self.size, self.photographs, self.digits[digits], self.labels[digits], self.style)


class _DigitScenes:
    """Scenes that are rendered when they are read; shuffled ones are other scenes in each epoch.

    Args:
        count: Integer, number of scenes in an epoch.
        renderer: `SceneRenderer`.
    """

    def __init__(self, count, renderer):
        self.count, self.renderer = count, renderer

    def __len__(self):
        return self.count

    def references(self, seed=None, epoch=0):
        numbers = np.arange(self.count)
        if seed is not None:
            numbers = epoch * self.count + epoch_order(self.count, seed, epoch)
        samples = {"name": tf.constant(numbers.astype("str")), "image_id": numbers, **self._labels(numbers)}
        return tf.data.Dataset.from_tensor_slices(samples)

    def _labels(self, numbers):
        """What references have besides."""
        return {}

    def _read(self, reference, parts, shapes):
        """Tensors of parts of the scene of a reference."""
        values = tf.numpy_function(
            lambda number: [getattr(self.renderer(number), part) for part in parts],
            [reference["image_id"]],
            [PART_TYPES[part] for part in parts],
            stateful=False,
        )
        return tuple(tf.ensure_shape(value, shape) for value, shape in zip(values, shapes))


class DigitClassificationScenes(_DigitScenes):
    """A `Source` of ten classes: one digit in each scene, each in its turn."""

    class_names = DIGIT_NAMES

    def _digit(self, number):
        return number % len(self.renderer.labels)

    def _labels(self, numbers):
        return {"label": self.renderer.labels[self._digit(numbers)].astype("int64")}

    def load(self, reference):
        size = self.renderer.size
        image = tf.numpy_function(
            lambda number: self.renderer(number, self._digit(number)).image,
            [reference["image_id"]],
            tf.uint8,
            stateful=False,
        )
        return tf.ensure_shape(image, [size, size, 3])


class DigitSegmentationScenes(_DigitScenes):
    """A `SegmentationSource` of eleven classes: the background and the ink of each digit."""

    class_names = ("background", *DIGIT_NAMES)

    def load(self, reference):
        size = self.renderer.size
        return self._read(reference, ("image", "mask"), ([size, size, 3], [size, size]))


class DigitDetectionScenes(_DigitScenes):
    """A `DetectionSource` of ten classes: the digits, with boxes tight around their visible ink."""

    class_names = DIGIT_NAMES
    category_ids = tuple(range(1, 11))

    def load(self, reference):
        size = self.renderer.size
        return self._read(reference, ("image", "boxes", "labels"), ([size, size, 3], [None, 4], [None]))

    def to_coco(self):
        scenes = Scene(*zip(*(self.renderer(number) for number in range(self.count))))
        source = ArrayDetectionSource(np.stack(scenes.image), scenes.boxes, scenes.labels, DIGIT_NAMES, scenes.areas)
        return source.to_coco()


def digit_scenes_classification_sources(size=160, train_count=3000, test_count=300, seed=0):
    """Returns the sources of training and test, see `DigitClassificationScenes`; the digits are large.

    Args:
        train_count: Integer, scenes in an epoch. Defaults to `3000`.
        test_count: Integer. Defaults to `300`.
        size, seed: See `SceneRenderer`.
    """
    return _sources(DigitClassificationScenes, size, train_count, test_count, seed, digits=(1, 1), scale=LARGE)


def digit_scenes_segmentation_sources(size=160, train_count=3000, test_count=300, seed=0):
    """Returns the sources of training and test, see `DigitSegmentationScenes`; the digits are large.

    Args:
        train_count: Integer, scenes in an epoch. Defaults to `3000`.
        test_count: Integer. Defaults to `300`.
        size, seed: See `SceneRenderer`.
    """
    return _sources(DigitSegmentationScenes, size, train_count, test_count, seed, scale=LARGE)


def digit_scenes_detection_sources(size=160, train_count=3000, test_count=300, seed=0, scale=None):
    """Returns the sources of training and test, see `DigitDetectionScenes`.

    Args:
        train_count: Integer, scenes in an epoch. Defaults to `3000`.
        test_count: Integer. Defaults to `300`.
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
