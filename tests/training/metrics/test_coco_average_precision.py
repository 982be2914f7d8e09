"""The figures against those of pycocotools, on drawn boxes."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from training.metrics.coco_average_precision import FIGURES, coco_average_precision

pytestmark = pytest.mark.once

CATEGORIES = [{"id": number, "name": f"class {number}"} for number in (1, 3, 7)]


def annotations(rng, images=6, boxes=5):
    """Boxes of all sizes, one of them a crowd."""
    found = []
    for image_id in range(1, images + 1):
        for _ in range(boxes):
            size = rng.choice([12, 50, 140]) * rng.uniform(0.6, 1.4, 2)
            box = [*rng.uniform(0, 300, 2), *size]
            category = int(rng.choice([1, 3, 7]))
            entry = {"id": len(found) + 1, "image_id": image_id, "category_id": category, "iscrowd": 0}
            found.append({**entry, "bbox": [float(value) for value in box], "area": float(size.prod())})
    found[0]["iscrowd"] = 1
    images = [{"id": image_id, "width": 512, "height": 512} for image_id in range(1, images + 1)]
    return {"images": images, "categories": CATEGORIES, "annotations": found}


def results(rng, truth):
    """Each box found once or twice, a little off, some by the wrong class, and boxes that are not there."""
    found = []
    for entry in truth["annotations"] * 2:
        box = np.array(entry["bbox"]) * rng.uniform(0.85, 1.15, 4)
        category = entry["category_id"] if rng.uniform() < 0.8 else 3
        found.append({"image_id": entry["image_id"], "category_id": category, "bbox": box.tolist()})
    return [{**entry, "score": float(rng.uniform())} for entry in found]


def pycocotools_figures(truth, found):
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = truth
        reference.createIndex()
        run = COCOeval(reference, reference.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats


@pytest.mark.parametrize("seed", range(3))
def test_against_pycocotools(seed):
    rng = np.random.default_rng(seed)
    truth = annotations(rng)
    found = results(rng, truth)
    figures = coco_average_precision(truth, found)
    assert tuple(figures) == FIGURES
    np.testing.assert_allclose(list(figures.values()), pycocotools_figures(truth, found), rtol=1e-9)
    assert 0.05 < figures["AP"] < figures["AP50"] < 1


def test_all_found_and_none_found():
    truth = annotations(np.random.default_rng(0))
    found = [{**entry, "score": 0.5} for entry in truth["annotations"] if not entry["iscrowd"]]
    assert coco_average_precision(truth, found)["AP"] == pytest.approx(1)
    assert coco_average_precision(truth, [])["AP"] == 0


def test_sizes_that_do_not_occur():
    truth = annotations(np.random.default_rng(0), images=1, boxes=1)
    truth["annotations"][0] |= {"iscrowd": 0, "bbox": [10.0, 10.0, 20.0, 20.0], "area": 400.0}
    figures = coco_average_precision(truth, [])
    assert (figures["AP_small"], figures["AP_large"]) == (0, -1)
