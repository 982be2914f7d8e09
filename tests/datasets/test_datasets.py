import pytest

from keras_mobilevitv3.datasets.coco import CATEGORIES
from keras_mobilevitv3.datasets.dataset import Dataset
from keras_mobilevitv3.preprocessing import class_names

pytestmark = pytest.mark.once


def test_digits():
    names = class_names("digits")
    assert (len(names), names[0], names[9]) == (10, "zero", "nine")


def test_classes_of_pixels():
    names = class_names("pascal_voc")
    assert (len(names), names[0], names[15], names[20]) == (21, "background", "person", "tvmonitor")
    names = class_names("ade20k")
    assert (len(names), names[0], names[44], names[149]) == (150, "wall", "chest of drawers", "flag")
    for dataset in ("pascal_voc", "ade20k"):
        assert len(set(class_names(dataset))) == len(class_names(dataset))
        assert all(name == name.strip() and name for name in class_names(dataset))


def test_coco():
    names = class_names("coco")
    assert (len(names), len(set(names)), names[0], names[79]) == (80, 80, "person", "toothbrush")
    assert list(CATEGORIES) == sorted(CATEGORIES) and (min(CATEGORIES), max(CATEGORIES)) == (1, 90)
    assert (CATEGORIES[13], CATEGORIES[44], CATEGORIES[84]) == ("stop sign", "bottle", "book")


@pytest.mark.parametrize("dataset", ["imagenet", None])
def test_unknown_dataset(dataset):
    with pytest.raises(ValueError, match=r"`dataset` must be one of .*'digits'.*Received"):
        class_names(dataset)


def test_names_of_heads_and_tasks_are_checked():
    with pytest.raises(ValueError, match=r"`head` must be one of \[None, 'deeplabv3', 'pspnet'\].*Received"):
        Dataset("camvid", "CamVid", "segmentation", classes=5, head="deeplab")
    with pytest.raises(ValueError, match="`task` must be one of .*Received"):
        Dataset("camvid", "CamVid", "segments", classes=5)
    with pytest.raises(ValueError, match="`class_names` of 'camvid' must have 5 values"):
        Dataset("camvid", "CamVid", "segmentation", classes=5, class_names=("sky",))
