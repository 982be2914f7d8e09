"""Draws the predictions of trained networks for test scenes, next to the ground truth.

    python docs/figures/galleries.py --segmenter runs/segmenter/best.weights.h5 --detector runs/detector/best.weights.h5

The scenes are the first of the test split, unselected. training/README.md describes the runs.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # for `training`, which is not installed

from keras_mobilevitv3 import predict_detections, segmentation_palette  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SCENES = 4
OPACITY = 0.65  # of the color of a class over the image
CONFIDENCE = 0.4


def paint_mask(image, mask, palette):
    """Returns the darkened image with the classes of the mask in color. Class 0 is the background."""
    colors = np.where(mask[..., None] > 0, palette[mask], 0)
    shares = np.where(mask[..., None] > 0, OPACITY, 0.45)
    return np.round(image * (1 - shares) + colors * shares).astype("uint8")


def draw_boxes(cell, boxes, texts, labels):
    """Draws boxes in pixels with their texts, in one color per label."""
    palette = segmentation_palette(int(max(labels, default=0)) + 2) / 255
    for (left, top, right, bottom), text, label in zip(boxes, texts, labels):
        color = palette[label + 1]
        cell.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, ec=color, lw=2.5))
        tag = {"facecolor": color, "edgecolor": "none", "pad": 1.5}
        cell.text(left + 2, max(top, 8), text, color=text_color_on(color), fontsize=10, va="center", bbox=tag)


def text_color_on(color):
    return "black" if np.dot(color, (0.299, 0.587, 0.114)) > 0.5 else "white"


def draw(rows, path):
    """Writes a JPEG file of `rows`, a dict from label to list of `(picture, boxes, texts, labels)`."""
    columns = len(next(iter(rows.values())))
    figure, axes = plt.subplots(len(rows), columns, figsize=(2.6 * columns, 2.6 * len(rows)), squeeze=False)
    for (label, pictures), row in zip(rows.items(), axes):
        for (picture, *boxes), cell in zip(pictures, row):
            cell.imshow(picture)
            draw_boxes(cell, *boxes)
            cell.set(xticks=[], yticks=[])
        row[0].set_ylabel(label, fontsize=13)
    figure.tight_layout(pad=0.4)
    figure.savefig(path, dpi=95, pil_kwargs={"quality": 85})
    plt.close(figure)


def load_model_and_scenes(task, recipe_name, variant, weights):
    """Returns the model of a run, its first test scenes and the class names."""
    from training.recipes import find_recipe

    recipe = replace(find_recipe(recipe_name), weights=weights)
    _, test = task.open_sources(recipe.default_data, None, recipe)
    model = task.build_model(recipe, variant, test.class_names)
    return model, [test.renderer(number) for number in range(SCENES)], test.class_names


def segmentation_rows(model, scenes, names):
    palette, none = segmentation_palette(len(names)), ((), (), ())
    images = np.stack([scene.image for scene in scenes])
    found = np.argmax(model.predict(images.astype("float32"), verbose=0), -1)
    return {
        "input": [(image, *none) for image in images],
        "truth": [(paint_mask(scene.image, scene.mask, palette), *none) for scene in scenes],
        "prediction": [(paint_mask(image, classes, palette), *none) for image, classes in zip(images, found)],
    }


def detection_rows(model, scenes, names):
    model.confidence_threshold = CONFIDENCE
    rows = {"input": [(scene.image, (), (), ()) for scene in scenes], "truth": [], "prediction": []}
    for scene, found in zip(scenes, predict_detections(model, [scene.image for scene in scenes])):
        rows["truth"].append((scene.image, scene.boxes, [names[label] for label in scene.labels], scene.labels))
        texts = [f"{names[label]} {score:.0%}" for label, score in zip(found["labels"], found["confidence"])]
        rows["prediction"].append((scene.image, found["boxes"], texts, found["labels"]))
    return rows


def main():
    from training.tasks import TASKS

    parser = argparse.ArgumentParser(description="Galleries of segmentation and detection.")
    parser.add_argument("--segmenter", metavar="FILE", help="weights of the recipe digit_scenes_segmentation")
    parser.add_argument("--detector", metavar="FILE", help="weights of the recipe digit_scenes_detection")
    parser.add_argument("--variant", default="mobilevitv3_xxs", help="id of the network")
    arguments = parser.parse_args()
    if arguments.segmenter:
        run = (TASKS["segmentation"], "digit_scenes_segmentation", arguments.variant, arguments.segmenter)
        draw(segmentation_rows(*load_model_and_scenes(*run)), IMAGES / "segmentation_gallery.jpg")
    if arguments.detector:
        run = (TASKS["detection"], "digit_scenes_detection", arguments.variant, arguments.detector)
        draw(detection_rows(*load_model_and_scenes(*run)), IMAGES / "detection_gallery.jpg")


if __name__ == "__main__":
    main()
