"""Detects objects in images of any size."""

from typing import Any

import numpy as np

from keras_mobilevitv3.blocks.family_of_model import required_family_of
from keras_mobilevitv3.checks import check_instance, check_integer
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.preprocessing import resize_image
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels


def predict_detections(model: SSDDetector, images: Any, batch_size: int = 16) -> list[dict[str, np.ndarray]]:
    """Detects objects in images of any size.

    The function resizes images to the input size of the model, without keeping the aspect ratio, as in the published
    evaluation of the network's family: bilinearly for the multi-head family, bicubically for the separable family. The
    function scales boxes to the size of the image, and clips boxes to the image.

    ```python
    model = SSDLite("mobilevitv3_xs", weights="coco")
    (found,) = predict_detections(model, ["photo.jpg"])    # {"boxes": (n, 4), "labels": (n,), "confidence": (n,)}
    ```

    Args:
        model: `SSDDetector`. The thresholds and limits of the model apply.
        images: One image or a list of images: paths of image files, Pillow images, or arrays of shape
            `(height, width, channels)` or `(height, width)`, RGB, RGBA or gray, 0-255. Or the path of a folder of
            pictures, or an array of shape `(batch, height, width, channels)`.
        batch_size: Positive integer, images per call of the model. Defaults to `16`.

    Returns:
        List with one dict of NumPy arrays per image: `"boxes"`, float32 of shape `(detections, 4)`, `xyxy` in pixels of
        the image; `"labels"`, int32 of shape `(detections,)`, in [0, classes); `"confidence"`, float32 of shape
        `(detections,)`.

    Raises:
        ValueError: If an argument is invalid.
        OSError: If a file is not a picture, or is damaged.
    """
    check_instance("model", model, SSDDetector)
    check_integer("batch_size", batch_size)
    images, _ = image_sources("`images`", images)
    detections = []
    for start in range(0, len(images), batch_size):
        detections += _detect(
            model, [as_image("Each of `images`", image) for image in images[start : start + batch_size]]
        )
    return detections


def _detect(model, images):
    resize = required_family_of(model).resize
    inputs = np.stack([resize_image(image, model.image_size, **resize) for image in images]).astype("float32")
    found = model.predict_on_batch(from_pixels(model, inputs))
    found = {key: np.asarray(values) for key, values in found.items()}
    return [
        {
            "boxes": _in_image(found["boxes"][number, :count], model.image_size, image.shape[:2]),
            "labels": found["labels"][number, :count],
            "confidence": found["confidence"][number, :count],
        }
        for number, (image, count) in enumerate(zip(images, found["num_detections"]))
    ]


def _in_image(boxes, model_size, image_size):
    """Scales boxes from pixels of the model's input to pixels of the image, and clips the boxes to the image."""
    (height, width), (image_height, image_width) = model_size, image_size
    scale = np.array([image_width / width, image_height / height] * 2, "float32")
    limits = np.array([image_width, image_height] * 2, "float32")
    return np.clip(boxes * scale, 0.0, limits)
