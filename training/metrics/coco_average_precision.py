"""Computes the twelve figures of COCO's evaluation of boxes."""

FIGURES = (
    "AP",
    "AP50",
    "AP75",
    "AP_small",
    "AP_medium",
    "AP_large",
    "AR1",
    "AR10",
    "AR100",
    "AR_small",
    "AR_medium",
    "AR_large",
)


def coco_average_precision(annotations, results):
    """Evaluates detections by COCO's protocol, with faster-coco-eval.

    Args:
        annotations: Dict in COCO's format, with `"images"`, `"categories"` and `"annotations"`.
        results: List of dicts in COCO's format of results: `"image_id"`, `"category_id"`, `"bbox"` (x, y, width and
            height in pixels of the original image) and `"score"`.

    Returns:
        Dict of floats: average precision over the thresholds 0.50 to 0.95, at 0.50 and at 0.75, and for small, medium
        and large boxes; average recall with 1, 10 and 100 detections, and for small, medium and large boxes. A figure
        is -1 if no box is of its kind.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO(annotations)
    evaluation = COCOeval_faster(truth, truth.loadRes(results), "bbox")
    evaluation.run()
    return dict(zip(FIGURES, (float(value) for value in evaluation.stats[: len(FIGURES)]), strict=True))
