"""Mean intersection over union of a segmenter, by both published protocols."""

from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize
from training.augment.resize import resize
from training.data.decode import decode
from training.data.evaluation import evaluation_dataset
from training.metrics.mean_iou import MeanIoU
from training.train_segmenter import PROGRAM

PROTOCOLS = ("original", "squash")


def evaluate_segmenter(recipe, variant, weights, data, data_dir=None, protocols=PROTOCOLS):
    """Evaluates a segmenter on the evaluation split of a data set.

    - `"original"`: the evaluation behind stand-alone figures, image by image against masks of the original size. In the
      multi-head family the image is squashed to `image_size`, and the class of each pixel of the original is that of
      its nearest neighbour in the result. In the separable family the shorter side becomes `image_size`, both sides are
      shrunk to multiples of the output stride, and the logits are enlarged to the original size from corner to corner.
    - `"squash"`: the evaluation in training, images and masks squashed to `image_size`.

    Args:
        recipe: `SegmentationRecipe`, of which the head, the sizes and the label to be ignored are taken.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, as `weights` of a model.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.
        protocols: Sequence of the names above. Defaults to both.

    Returns:
        Dict from each protocol to a dict of `mean_iou`, in [0, 1], `iou`, a dict from the names of the classes to
        floats (`NaN` for classes that occur neither in masks nor in predictions), and `images`, how many there are.
    """
    _, validation = PROGRAM.open_sources(data, data_dir, recipe)
    recipe = replace(recipe, weights=str(weights))
    evaluations = {"original": _evaluate_original, "squash": _evaluate_squashed}
    results = {}
    for protocol in protocols:
        metric = MeanIoU(len(validation.class_names), ignore_class=recipe.data.ignore_class)
        count = evaluations[protocol](recipe, variant, validation, metric)
        iou = dict(zip(validation.class_names, (float(value) for value in metric.per_class()), strict=True))
        results[protocol] = {"mean_iou": float(metric.result()), "iou": iou, "images": count}
    return results


def describe(results):
    """Lines about the figures of `evaluate_segmenter`, with those of each class."""
    lines = [
        f"mean IoU {result['mean_iou']:.2%} ({name}), {result['images']} images" for name, result in results.items()
    ]
    names = next(iter(results.values()))["iou"]
    for name in names:
        lines.append(f"  {name:<24}" + "".join(f"{result['iou'][name]:>10.2%}" for result in results.values()))
    return "\n".join(lines)


def _evaluate_squashed(recipe, variant, validation, metric):
    model = PROGRAM.build_model(recipe, variant, validation.class_names)
    batches = evaluation_dataset(validation, recipe.data)
    for images, masks in batches:
        metric.update_state(masks.numpy(), model.predict_on_batch(images.numpy()))
    return min(len(validation), len(batches) * recipe.data.eval_batch_size)


def _evaluate_original(recipe, variant, validation, metric):
    """Predicts each image by itself and compares with its mask."""
    keeps_aspect_ratio = find_config(variant).family.keeps_aspect_ratio
    predict = _separable_predictor if keeps_aspect_ratio else _multi_head_predictor
    predict = predict(recipe, variant, validation.class_names)
    count = 0
    images = (recipe.data.max_steps or len(validation)) * recipe.data.eval_batch_size
    for reference in validation.references().take(images):
        image, mask = validation.load(reference)
        if image.dtype == tf.string:
            image = decode(image)
        classes = predict(image.numpy())
        metric.update_state(mask.numpy()[None], np.eye(metric.num_classes, dtype="float32")[classes][None])
        count += 1
    return count


def _multi_head_predictor(recipe, variant, class_names):
    model = PROGRAM.build_model(recipe, variant, class_names, upsampling="stride")
    size = recipe.data.image_size

    def predict(image):
        squashed = _resized(image, (size, size), recipe)
        classes = model.predict_on_batch(squashed[None])[0].argmax(-1)
        rows, columns = (np.arange(side) * size // side for side in image.shape[:2])
        return classes[rows[:, None], columns]

    return predict


def _separable_predictor(recipe, variant, class_names):
    model = PROGRAM.build_model(recipe, variant, class_names, size=(None, None), upsampling=None)

    def predict(image):
        height, width = image.shape[:2]
        shorter = min(height, width)
        image = _resized(image, [recipe.data.image_size * side // shorter for side in (height, width)], recipe)
        size = tuple(side // recipe.output_stride * recipe.output_stride for side in image.shape[:2])
        logits = model.predict_on_batch(bilinear_resize(image[None], size, align_corners=True))
        logits = bilinear_resize(logits, (height, width), align_corners=True)
        return keras.ops.convert_to_numpy(logits)[0].argmax(-1)

    return predict


def _resized(image, size, recipe):
    resized = resize(image, tf.constant(size), recipe.data.interpolation, recipe.data.antialias)
    return resized.numpy().astype("float32")
