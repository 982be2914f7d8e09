import numpy as np
import pytest

from tests.training.sources.image_files import truncate, write_picture
from training.sources.box_files import BoxFileSource, Objects
from training.sources.source import UnreadableSampleError

OBJECTS = [
    Objects([[1, 1, 4, 5]], [0], [False]),
    Objects([], [], []),
    Objects([[0, 0, 9, 8], [2, 2, 3, 3]], [1, 0], [True, False]),
]


def source(root):
    paths = [write_picture(root / f"{number}.png") for number in range(3)]
    return BoxFileSource(paths, OBJECTS, ["a", "b"], image_ids=[7, 8, 9])


def test_parts(tmp_path):
    whole = source(tmp_path)
    part = whole.select(np.array([2, 1]))
    assert [part.image_id(each) for each in part.references()] == [9, 8]
    assert part.objects(0)[:3] == OBJECTS[2][:3]
    assert part.load(0)[1].tolist() == [[2, 2, 3, 3]]
    assert [whole.with_objects().image_id(each) for each in (0, 1)] == [7, 9]


def test_boxes_outside_of_a_picture_of_unknown_size(tmp_path):
    wrong = source(tmp_path)
    wrong.boxes += 10
    with pytest.raises(
        UnreadableSampleError, match=r"in part. Received: '.*0.png' of 10x8 .* \[11.0, 11.0, 14.0, 15.0\]"
    ):
        wrong.load(0)


def test_damaged_pictures(tmp_path):
    whole = source(tmp_path)
    truncate(tmp_path / "0.png")
    (tmp_path / "2.png").write_text("no picture")
    for reference in (0, 2):
        with pytest.raises(UnreadableSampleError, match="cannot be read"):
            whole.load(reference)
    assert [image["id"] for image in whole.to_coco()["images"]] == [8]
