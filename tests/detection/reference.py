"""The arrays of the official networks that no network is needed for, and plain NumPy versions of what gave them."""

from pathlib import Path

import numpy as np

from tests.reference_arrays import uniform

ARRAYS = np.load(Path(__file__).parent.parent / "data" / "detection.npz")
LEVELS = {
    "320x320": [(20, 20), (10, 10), (5, 5), (3, 3), (2, 2), (1, 1)],
    "224x320/v1": [(14, 20), (7, 10), (4, 5), (2, 3), (1, 2), (1, 1)],
    "224x320/v2": [(14, 20), (8, 10), (4, 5), (2, 3), (1, 2), (1, 1)],
}
SETS = ("gt1", "gt5", "gttiny", "gttie", "gtempty")
ANCHORS = len(ARRAYS["anchors/320x320"])


def targets(name):
    """Boxes, in units of the image, and labels from 0 of a set."""
    return ARRAYS[f"targets/{name}/gt_boxes_norm"], ARRAYS[f"targets/{name}/gt_labels"] - 1


def padded_targets(names, unit="norm"):
    """Boxes and labels of sets of one batch; the label of padding is -1."""
    boxes = [ARRAYS[f"targets/{name}/gt_boxes_{unit}"] for name in names]
    labels = [ARRAYS[f"targets/{name}/gt_labels"] - 1 for name in names]
    longest = max(map(len, labels))
    boxes = [np.pad(each, [(0, longest - len(each)), (0, 0)]) for each in boxes]
    labels = [np.pad(each, (0, longest - len(each)), constant_values=-1) for each in labels]
    return np.stack(boxes).astype("float32"), np.stack(labels).astype("int32")


def post_inputs():
    """Class logits and box regressions of the arrays `post/`, one image."""
    logits = uniform("ssd/post/logits", (1, ANCHORS, 81), -1, 1)
    regressions = uniform("ssd/post/boxes", (1, ANCHORS, 4), -1.5, 1.5)
    hot = np.flatnonzero(uniform("ssd/post/hot", (ANCHORS,)) > 0.70)
    draws = uniform("ssd/post/class", (ANCHORS,)).astype("float64")
    classes = 1 + np.floor(draws**2 * 5).astype("int64")
    logits[0, hot, classes[hot]] += uniform("ssd/post/gain", (ANCHORS,), 4, 9)[hot]
    return logits, regressions


def box_iou(a, b, epsilon=0.0):
    """Intersection over union of two boxes, float64."""
    a, b = np.float64(a), np.float64(b)
    sides = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)
    areas = [np.prod(box[2:] - box[:2]) for box in (a, b)]
    union = sum(areas) - sides.prod() + epsilon
    return sides.prod() / union if union > 0 else 0.0


def corners(anchors):
    return np.concatenate([anchors[:, :2] - anchors[:, 2:] / 2, anchors[:, :2] + anchors[:, 2:] / 2], axis=1)


def suppress(boxes, scores, confidence_threshold, iou_threshold, candidates, limit):
    """Numbers of the boxes of one class that remain, one by one."""
    order = [i for i in np.argsort(-scores, kind="stable")[:candidates] if scores[i] > confidence_threshold]
    kept = []
    for i in order:
        if len(kept) < limit and all(box_iou(boxes[i], boxes[j]) <= iou_threshold for j in kept):
            kept.append(i)
    return kept
