"""Detects on a data set and returns COCO's results."""

import numpy as np

from training.batches.evaluation import build_evaluation


def detection_results(model, source, config):
    """Detects on all images of a data set in one process. The images are squashed to `image_size`.

    Args:
        model: `SSDLite`.
        source: `DetectionSource`.
        config: `DetectionDataConfig`.

    Returns:
        Tuple of a list of dicts and a list of image ids. The dicts are COCO's results: boxes in pixels of the original
        images, clipped at the borders of the images.
    """
    results, image_ids = [], []
    for images, targets in build_evaluation(source, config):
        # Under `tf.distribute`, each replica detects on all images.
        found = {name: values[: len(images)] for name, values in model.predict_on_batch(images).items()}
        for number in np.flatnonzero(targets["image_id"] >= 0):
            size = np.array([targets["width"][number], targets["height"][number]] * 2, "float32")
            count = int(found["num_detections"][number])
            boxes = np.clip(found["boxes"][number, :count] * (size / config.image_size), 0.0, size)
            image_ids.append(int(targets["image_id"][number]))
            results += [
                {"image_id": image_ids[-1], "category_id": source.category_ids[label], "bbox": _xywh(box)}
                | {"score": float(score)}
                for box, label, score in zip(boxes, found["labels"][number], found["confidence"][number])
            ]
    return results, image_ids


def evaluated_part(annotations, image_ids):
    """Returns the part of a ground truth in COCO's format that belongs to the given images."""
    kept = set(image_ids)
    return {
        **annotations,
        "images": [image for image in annotations["images"] if image["id"] in kept],
        "annotations": [each for each in annotations["annotations"] if each["image_id"] in kept],
    }


def _xywh(box):
    left, top, right, bottom = (float(side) for side in box)
    return [left, top, right - left, bottom - top]
