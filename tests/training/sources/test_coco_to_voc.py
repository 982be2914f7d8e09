import json

import numpy as np
from PIL import Image, ImageDraw

from tests.training.augment.draws import photo
from tests.training.sources.image_files import encode
from training.sources.coco_to_voc import CATEGORIES, decode_segmentation, main, voc_mask
from training.sources.mask_files import MaskFileSource
from training.sources.pascal_voc import read_list

HEIGHT, WIDTH = 260, 300
SQUARE = [20.0, 30.0, 120.0, 30.0, 120.0, 130.0, 20.0, 130.0]  # x and y in turn
TRIANGLE = [80.0, 40.0, 200.0, 40.0, 80.0, 240.0]


def with_pillow(*polygons):
    """Polygons filled by Pillow, on pixels with their centers at whole numbers."""
    image = Image.new("L", (WIDTH, HEIGHT))
    for polygon in polygons:
        ImageDraw.Draw(image).polygon([value - 0.5 for value in polygon], fill=1)
    return np.asarray(image).astype(bool)


def runs(mask):
    """Run lengths down the columns, from a run of zeros."""
    flat = mask.ravel(order="F").astype(int)
    ends = np.flatnonzero(np.diff(flat)) + 1
    return ([] if flat[0] == 0 else [0]) + np.diff([0, *ends, flat.size]).tolist()


def border_share(found, expected):
    return np.count_nonzero(found != expected) / np.count_nonzero(expected)


def test_polygons_and_run_lengths():
    found = decode_segmentation([SQUARE, TRIANGLE], HEIGHT, WIDTH)
    assert border_share(found, with_pillow(SQUARE, TRIANGLE)) < 0.03  # but for pixels of the border
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[3:50, 7:90] = mask[0, 0] = True
    counts = {"counts": runs(mask), "size": [HEIGHT, WIDTH]}
    np.testing.assert_array_equal(decode_segmentation(counts, HEIGHT, WIDTH), mask)
    from faster_coco_eval.core import mask as coco_mask

    compressed = coco_mask.encode(np.asfortranarray(mask.astype("uint8")))
    np.testing.assert_array_equal(decode_segmentation(compressed, HEIGHT, WIDTH), mask)


def test_first_come_first_served_and_others_are_background():
    annotations = [
        {"category_id": 17, "segmentation": [SQUARE]},  # cat
        {"category_id": 13, "segmentation": [[0.0, 0.0, 60.0, 0.0, 60.0, 200.0, 0.0, 200.0]]},  # a stop sign
        {"category_id": 1, "segmentation": [TRIANGLE]},  # person
    ]
    mask = voc_mask(annotations, HEIGHT, WIDTH)
    square, triangle = with_pillow(SQUARE), with_pillow(TRIANGLE)
    expected = np.where(square, 8, np.where(triangle, 15, 0))
    assert np.count_nonzero(mask != expected) < 0.03 * np.count_nonzero(expected)
    assert (mask[32:128, 22:118] == 8).all()
    assert len(CATEGORIES) == 21


def test_command(tmp_path, capsys):
    """Three of five images: one is too small, one has nothing of VOC's classes."""
    sizes = [(HEIGHT, WIDTH), (255, WIDTH), (HEIGHT, WIDTH), (HEIGHT, WIDTH), (256, 256)]
    images = [
        {"id": 10 - number, "file_name": f"{10 - number:012}.jpg", "height": height, "width": width}
        for number, (height, width) in enumerate(sizes)
    ]
    annotations = [
        {"image_id": image["id"], "category_id": 13 if image["id"] == 8 else 20, "segmentation": [SQUARE]}
        for image in images
    ]
    (tmp_path / "train2017").mkdir()
    for image in images:
        data = encode(np.resize(photo(171, 230), (image["height"], image["width"], 3)))
        (tmp_path / "train2017" / image["file_name"]).write_bytes(data)
    (tmp_path / "instances.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    out = tmp_path / "VOC2012" / "coco_voc"
    arguments = ["--annotations", tmp_path / "instances.json", "--images", tmp_path / "train2017", "--out", out]
    assert main([str(argument) for argument in arguments]) == 0
    assert "3 masks" in capsys.readouterr().out
    lines = (out / "train.txt").read_text().splitlines()
    assert lines[0] == "../../train2017/000000000006.jpg masks/000000000006.png"
    source = MaskFileSource(*read_list(out / "train.txt", out), [str(number) for number in range(21)])
    for reference in source.references():
        image, mask = source.load(reference)
        assert image.shape == (*mask.shape, 3)
        assert np.unique(mask).tolist() == [0, 17]  # sheep
