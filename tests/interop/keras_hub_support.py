"""What works of KerasHub's heads on which backend: the cases of the tests, and a table of `docs/interop.md`."""

import numpy as np

from tests.tiny_networks import SHALLOW

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
HEADS = ("ImageClassifier", "DeepLabV3ImageSegmenter", "RetinaNetObjectDetector")
# The heads that the tests train on a backend, each on one; the release tests train the others.
TRAINED = {"jax": (), "tensorflow": HEADS[1:2], "torch": (HEADS[0], HEADS[2])}
USES = ("fit", "predict", "predict_on_batch", "save and load", "compiled state", "presets", "any size", "several sizes")
TRACED = "a compiled function keeps to its first size and fails at another; compile anew, or unset `predict_function`"
# Why a use of a head does not work on a backend; what is not here works.
LIMITS = {
    (head, "several sizes", "tensorflow"): TRACED for head in ("DeepLabV3ImageSegmenter", "RetinaNetObjectDetector")
}

SIZE = 64
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
BOXES = np.array([[[10, 20, 50, 60], [0, 0, 0, 0]], [[5, 5, 40, 30], [20, 10, 60, 60]]], "float32")
WIDE = RNG.uniform(0, 255, (2, SIZE, 2 * SIZE, 3)).astype("float32")  # of another size than those trained on


def classifier_case():
    """A classifier, and images and targets to train it on."""
    from keras_mobilevitv3.interop.keras_hub import image_classifier

    images = RNG.uniform(0, 255, (2, 70, 90, 3)).astype("float32")
    return image_classifier(SHALLOW["multi_head"], classes=5, image_size=SIZE), images, np.array([1, 4])


def segmenter_case():
    """A segmenter, and images and masks to train it on, with pixels of no class."""
    from keras_mobilevitv3.interop.keras_hub import deeplab_v3

    masks = RNG.integers(0, 3, (2, SIZE, SIZE))
    masks[:, :8] = 255
    return deeplab_v3(SHALLOW["separable"], classes=3), IMAGES, masks


def detector_case():
    """A detector that keeps boxes of any confidence, and images and boxes to train it on, one of them missing."""
    import keras_hub

    from keras_mobilevitv3.interop.keras_hub import retinanet

    task = retinanet(SHALLOW["multi_head"], classes=3, max_level=5, head_convolutions=1)
    task.prediction_decoder = keras_hub.layers.NonMaxSuppression(
        "xyxy", from_logits=True, confidence_threshold=0.001, max_detections=5
    )
    return task, IMAGES, {"boxes": BOXES, "labels": np.array([[2, -1], [0, 1]])}


CASES = dict(zip(HEADS, (classifier_case, segmenter_case, detector_case), strict=True))


def table():
    """Markdown of what works."""
    lines = [f"| head | {' | '.join(BACKENDS.values())} |", "|---|" + "---|" * len(BACKENDS)]
    for head in HEADS:
        cells = (_cell(head, backend) for backend in BACKENDS)
        lines.append(f"| `{head}` | {' | '.join(cells)} |")
    reasons = {(use, reason) for (_, use, _), reason in LIMITS.items()}
    notes = [f"- {use}: {reason}." for use, reason in sorted(reasons)]
    return "\n".join([*lines, "", *notes]) + "\n"


def _cell(head, backend):
    missing = [use for use in USES if (head, use, backend) in LIMITS]
    return "all" if not missing else f"all but {', '.join(missing)}"
