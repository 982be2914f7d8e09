"""Predictions, the `image_bytes` signature and the evaluation in training show the network the same pixels.

A table for each task has networks and recipes for them. Every path reads the same picture files, and what it passes to
the network is recorded. `image_bytes` is tested on TensorFlow only.
"""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3 import DeepLabV3, PSPNet, SSDLite, predict_classes, predict_detections, predict_segmentation
from keras_mobilevitv3.preprocessing import evaluation_transform, read_image
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from tests.encoded_pictures import PHOTO, encode, with_orientation
from tests.thinned import thinned
from tests.tiny_networks import SHALLOW, tiny_classifier
from training.batches.evaluation import build_evaluation, evaluation_config
from training.batches.segmentation_config import SegmentationDataConfig
from training.recipes import find_recipe
from training.smoke import smoke
from training.sources.class_folders import FolderSource
from training.sources.coco import CocoSource
from training.sources.mask_files import MaskFileSource
from training.tasks import segmentation

PICTURES = {
    "photo.jpg": lambda: encode(Image.fromarray(PHOTO), "jpeg"),
    "turned.jpg": lambda: with_orientation(6, "jpeg")[0],
    "mirrored.jpg": lambda: with_orientation(2, "jpeg")[0],
    "turned.png": lambda: with_orientation(8, "png")[0],
    "gray.png": lambda: encode(Image.fromarray(PHOTO).convert("L"), "png"),
    "palette.png": lambda: encode(Image.fromarray(PHOTO).convert("P"), "png"),
    "transparent.png": lambda: encode(Image.fromarray(PHOTO).convert("RGBA"), "png"),
    "portrait.png": lambda: encode(Image.fromarray(PHOTO[:, :37]), "png"),
    "large.png": lambda: encode(Image.fromarray(np.tile(PHOTO, (5, 4, 1))[:271]), "png"),
    "cmyk.jpg": lambda: encode(Image.fromarray(PHOTO).convert("CMYK"), "jpeg"),
}


@pytest.fixture
def pictures(tmp_path):
    """Paths of the picture files, in the order of their names."""
    folder = tmp_path / "val" / "a"
    folder.mkdir(parents=True)
    for name, contents in PICTURES.items():
        (folder / name).write_bytes(contents())
    return sorted(folder.iterdir())


@pytest.fixture
def seen(monkeypatch):
    """List of what networks are given; batches are taken apart."""
    found = []

    def record(images):
        found.extend(images if images.ndim == 4 else images[None])
        return images

    def in_graph(model, images):
        import tensorflow as tf

        return tf.ensure_shape(tf.numpy_function(record, [images], tf.float32), images.shape)

    for module in ("classification.model_input", "segmentation.predict_segmentation", "detection.predict_detections"):
        monkeypatch.setattr(f"keras_mobilevitv3.{module}.from_pixels", lambda model, images: record(images))
    monkeypatch.setattr("keras_mobilevitv3.exporting.serving.picture_requests.from_pixels", in_graph)
    monkeypatch.setattr("keras_mobilevitv3.exporting.serving.picture_requests.SEGMENTER_SIZE", 64)
    return found


def without_compilation(model):
    """TensorFlow takes longer to compile a network than to run it a few times."""
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    if isinstance(model, Segmenter):
        network = keras.Model(model.input, model.get_layer("classifier").output)
        model.predict_low_resolution = lambda images: keras.ops.convert_to_numpy(network(images, training=False))
    return model


def take(found):
    images = [np.array(image) for image in found]
    found.clear()
    return images


def served(model, pictures, seen, class_names=("a", "b", "c", "d", "e")):
    """What the `image_bytes` signature passes to the network, or nothing on other backends."""
    if keras.backend.backend() != "tensorflow":
        return []
    import tensorflow as tf

    from keras_mobilevitv3.exporting.serving.picture_requests import picture_function

    signature = tf.function(picture_function(model, class_names), input_signature=[tf.TensorSpec([None], tf.string)])
    signature(tf.constant([path.read_bytes() for path in pictures]))
    return take(seen)


def assert_same_pixels(pictures, expected, *others, antialias):
    """Equal but for CMYK files, which TensorFlow and Pillow round differently, and for halves without antialiasing."""
    assert len(expected) == len(pictures)
    for images in filter(len, others):
        for path, mine, its in zip(pictures, images, expected, strict=True):
            assert mine.shape == its.shape, path
            difference = np.abs(mine - its)
            assert difference.max() <= (0 if antialias and path.name != "cmyk.jpg" else 1 + 1e-3), path
            assert path.name == "cmyk.jpg" or np.mean(difference > 1e-3) < 1e-3, path


def evaluated(source, recipe, attention):
    """Images of the evaluation of a network by a recipe."""
    config = replace(evaluation_config(recipe.data, SHALLOW[attention]), eval_batch_size=len(source))
    ((images, *_),) = build_evaluation(source, config)
    return images


CLASSIFIERS = {  # attention, input shape, recipe and what `evaluation_transform` gives, if that is the same
    "digits": ("multi_head", (64, 64), find_recipe("digits"), None),
    "digits, separable": ("separable", (64, 64), find_recipe("digits"), None),
    "digit scenes": ("multi_head", (96, 96), find_recipe("digit_scenes_classification"), None),
    "ImageNet": ("multi_head", (256, 256), find_recipe("imagenet1k_multi_head"), 256),
    "ImageNet, any size": ("multi_head", (None, None), find_recipe("imagenet1k_multi_head"), 256),
    "ImageNet, separable": ("separable", (256, 256), find_recipe("imagenet1k_separable"), 256),
    "384": ("separable", (384, 384), find_recipe("imagenet1k_finetune_384"), 384),
    "trial": ("separable", (64, 64), smoke(find_recipe("imagenet1k_separable")), None),
    "not square": ("multi_head", (64, 96), None, None),
}


@pytest.mark.parametrize(
    "row",
    thinned(
        CLASSIFIERS,
        ["digits", "ImageNet, any size", "ImageNet, separable", "not square"],
        jax=["digits"],
        tensorflow=["ImageNet, any size", "not square"],
    ),
)
def test_classification(row, pictures, seen):
    attention, size, recipe, published_size = CLASSIFIERS[row]
    model = without_compilation(tiny_classifier(attention, input_shape=(*size, 3)))
    predict_classes(model, pictures)
    expected = take(seen)
    others = [served(model, pictures, seen)]
    if recipe is not None:
        others.append(evaluated(FolderSource(pictures[0].parent.parent), recipe, attention))
    if published_size is not None:
        others.append(keras.ops.convert_to_numpy(evaluation_transform(attention, published_size)(pictures)))
    assert_same_pixels(pictures, expected, *others, antialias=attention == "separable")


def mask_source(pictures, size=None):
    masks = [path.parent.parent / f"{path.name}_mask.png" for path in pictures]
    for path, mask in zip(pictures, masks):
        Image.fromarray(np.zeros(read_image(path).shape[:2], "uint8")).save(mask)
    return MaskFileSource([str(path) for path in pictures], [str(mask) for mask in masks], "abc")


SEGMENTERS = {  # attention, head, input shape; PSPNet needs maps of 6x6
    "any size": ("multi_head", DeepLabV3, (None, None)),
    "any size, separable": ("separable", DeepLabV3, (None, None)),
    "fixed": ("multi_head", DeepLabV3, (64, 64)),
    "fixed, separable": ("separable", DeepLabV3, (64, 64)),
    "PSPNet": ("separable", PSPNet, (None, None)),
    "not square": ("separable", PSPNet, (64, 96)),
}


@pytest.mark.parametrize(
    "row",
    thinned(
        SEGMENTERS,
        ["any size", "fixed, separable", "PSPNet"],
        jax=["fixed, separable"],
        tensorflow=["any size", "fixed, separable"],
    ),
)
def test_segmentation(row, pictures, seen, monkeypatch):
    attention, head, size = SEGMENTERS[row]
    arguments = {"aspp_filters": 6} if head is DeepLabV3 else {"output_stride": 8}
    model = without_compilation(head(SHALLOW[attention], classes=3, input_shape=(*size, 3), **arguments))
    predict_segmentation(model, pictures, size=64)
    expected = take(seen)
    others = [served(model, pictures, seen)]
    source, config = mask_source(pictures), SegmentationDataConfig(image_size=64)
    recipe = replace(find_recipe("digit_scenes_segmentation"), data=config)
    if size == (64, 64):
        others.append(evaluated(source, recipe, attention))
    if size == (None, None):
        monkeypatch.setattr(segmentation, "build_model", lambda *arguments, **kwargs: model)
        monkeypatch.setattr(segmentation, "open_segmentation_sources", lambda *arguments: (source, source))
        segmentation.evaluate(recipe, SHALLOW[attention], "weights", "data", protocols=["original"])
        others.append(take(seen))
    assert_same_pixels(pictures, expected, *others, antialias=attention == "separable" and size != (None, None))


def coco_source(pictures, stated_size=lambda path: read_image(path).shape[:2]):
    images = [
        dict(zip(("height", "width"), map(int, stated_size(path)))) | {"id": number, "file_name": path.name}
        for number, path in enumerate(pictures)
    ]
    file = pictures[0].parent.parent / "boxes.json"
    file.write_text(json.dumps({"images": images, "annotations": [], "categories": [{"id": 1, "name": "a"}]}))
    return CocoSource(file, pictures[0].parent)


@pytest.mark.parametrize(
    "attention", thinned(["multi_head", "separable"], ["multi_head", "separable"], jax=["multi_head"])
)
def test_detection(attention, pictures, seen):
    model = without_compilation(SSDLite(SHALLOW[attention], classes=3, input_shape=(64, 64, 3)))
    predict_detections(model, pictures)
    expected = take(seen)
    recipe = find_recipe("digit_scenes_detection")
    recipe = replace(recipe, data=replace(recipe.data, image_size=64))
    others = [served(model, pictures, seen), evaluated(coco_source(pictures), recipe, attention)]
    assert_same_pixels(pictures, expected, *others, antialias=attention == "separable")


@pytest.mark.once
@pytest.mark.release
def test_boxes_of_stored_pixels(pictures):
    """A JSON file that states the size of the stored pixels has boxes of these."""
    turned = [path for path in pictures if path.name == "turned.jpg"]
    for size, target in (((60, 91), np.rot90(read_image(turned[0]))), ((91, 60), read_image(turned[0]))):
        config = replace(find_recipe("digit_scenes_detection").data, image_size=64, eval_batch_size=1)
        ((images, targets),) = build_evaluation(coco_source(turned, lambda path, size=size: size), config)
        assert (targets["height"][0], targets["width"][0]) == size == target.shape[:2]
        path = turned[0].parent / "target.png"
        Image.fromarray(target.copy()).save(path)
        ((expected, _),) = build_evaluation(coco_source([path]), config)
        np.testing.assert_array_equal(images, expected)
