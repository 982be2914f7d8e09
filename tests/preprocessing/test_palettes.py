import numpy as np
import pytest

from keras_mobilevitv3.preprocessing import segmentation_palette

pytestmark = pytest.mark.once

VOC = {0: (0, 0, 0), 1: (128, 0, 0), 4: (0, 0, 128), 8: (64, 0, 0), 15: (192, 128, 128), 20: (0, 64, 128)}
ADE20K = {0: (120, 120, 120), 2: (6, 230, 230), 12: (150, 5, 61), 149: (92, 0, 255)}


def test_pascal_voc():
    palette = segmentation_palette("pascal_voc")
    assert (palette.shape, palette.dtype) == ((21, 3), np.uint8)
    for label, color in VOC.items():
        assert tuple(palette[label]) == color


def test_ade20k():
    palette = segmentation_palette("ade20k")
    assert (palette.shape, palette.dtype) == ((150, 3), np.uint8)
    for label, color in ADE20K.items():
        assert tuple(palette[label]) == color


def test_any_number_of_classes():
    palette = segmentation_palette(256)
    assert len(np.unique(palette, axis=0)) == 256
    assert tuple(palette[255]) == (224, 224, 192)  # the border of objects in the masks of PASCAL VOC
    np.testing.assert_array_equal(segmentation_palette(21), segmentation_palette("pascal_voc"))


@pytest.mark.parametrize("dataset", ["coco", 0, 257, True, None, 3.0])
def test_bad_dataset(dataset):
    with pytest.raises(
        ValueError, match=r"`dataset` must be one of \['ade20k', 'pascal_voc'\], or a number of classes"
    ):
        segmentation_palette(dataset)
