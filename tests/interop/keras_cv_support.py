"""What works of KerasCV's heads on which backend: the cases of the tests, and a table of `docs/interop.md`."""

import keras_cv
import numpy as np

from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
SIZE, CLASSES = 64, 3
IMAGES = uniform("keras_cv/images", (2, SIZE, SIZE, 3), 0, 255)
# Builder: KerasCV's class and the network of its tests; of detectors, the losses to compile it with again.
SEGMENTERS = {
    "deeplab_v3_plus": (keras_cv.models.DeepLabV3Plus, SHALLOW["separable"]),
    "segformer": (keras_cv.models.SegFormer, SHALLOW["multi_head"]),
}
DETECTORS = {
    "retinanet": (keras_cv.models.RetinaNet, SHALLOW["multi_head"], ("smoothl1", "focal")),
    "yolo_v8": (keras_cv.models.YOLOV8Detector, SHALLOW["separable"], ("ciou", "binary_crossentropy")),
}
# The heads that the tests train on a backend, each on one; the release tests train the others.
TRAINED = {"tensorflow": (), "jax": ("deeplab_v3_plus",), "torch": ("segformer", "retinanet", "yolo_v8")}
USES = ("fit", "predict", "predict of pairs", "predict_on_batch", "save and load", "compiled state", "any size")
FIXED = "the models of KerasCV enlarge maps to a size that is known when they are built; the builders refuse others"
# Why a use of a head does not work on a backend; what is not here works.
LIMITS = {(head, "any size", backend): FIXED for backend in BACKENDS for head in (*SEGMENTERS, *DETECTORS)}
# KerasCV's own heads on the same backbones: the first words of the error.
WITHOUT_BUILDERS = {
    ("DeepLabV3Plus", "fit", "torch"): "grad_input must be contiguous",
    ("SegFormer", "fit", "torch"): "grad_input must be contiguous",
    ("RetinaNet", "predict", "torch"): "No module named 'torchvision'",
    ("YOLOV8Detector", "predict", "torch"): "No module named 'torchvision'",
}


def boxes():
    """Two boxes in the first image and one in the second."""
    return {
        "boxes": np.array([[[4, 8, 40, 50], [20, 0, 64, 30]], [[0, 0, 60, 60], [-1, -1, -1, -1]]], "float32"),
        "classes": np.array([[1, 2], [0, -1]], "float32"),
    }


def masks():
    """Masks with pixels of no class."""
    masks = uniform("keras_cv/masks", (2, SIZE, SIZE), 0, CLASSES).astype("int32")
    masks[:, :4] = 255
    return masks


def table():
    """Markdown of what works."""
    lines = [f"| builder | KerasCV's model | {' | '.join(BACKENDS.values())} |", "|---|---|" + "---|" * len(BACKENDS)]
    for head, (kind, *_) in {**SEGMENTERS, **DETECTORS}.items():
        cells = (_cell(head, backend) for backend in BACKENDS)
        lines.append(f"| `{head}` | `{kind.__name__}` | {' | '.join(cells)} |")
    uses = {}
    for (_, use, _), reason in LIMITS.items():
        uses.setdefault(reason, {})[use] = None
    notes = [f"- {', '.join(names)}: {reason}." for reason, names in uses.items()]
    own = [
        f"- `keras_cv.models.{kind}` with its own head, {use} on {BACKENDS[backend]}: {error}."
        for (kind, use, backend), error in WITHOUT_BUILDERS.items()
    ]
    return "\n".join([*lines, "", *notes, *own]) + "\n"


def _cell(head, backend):
    missing = [use for use in USES if (head, use, backend) in LIMITS]
    return "all" if not missing else f"all but {', '.join(missing)}"
