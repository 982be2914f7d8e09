import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.datasets import class_names
from tests.training.sources.mask_images import write_pairs
from training.sources.ade20k import ade20k_sources, find_ade20k


def test_labels_count_from_one(tmp_path):
    """150 is the last class, 0 is void."""
    root = tmp_path / "ADEChallengeData2016"
    for split, names in (("training", ["ADE_train_1", "ADE_train_2"]), ("validation", ["ADE_val_1"])):
        masks = write_pairs(
            root / "images" / split, root / "annotations" / split, names, Image.fromarray, (8, 160), classes=151
        )
    train, validation = ade20k_sources(tmp_path)
    assert (len(train), len(validation)) == (2, 1)
    assert train.class_names == class_names("ade20k")
    ((_, mask),) = [validation.load(reference) for reference in validation.references()]
    np.testing.assert_array_equal(mask, np.where(masks[0] == 0, 255, masks[0].astype(int) - 1))
    assert set(np.unique(mask)) == {*range(150), 255}
    assert find_ade20k(root) == root


def test_no_folder(tmp_path):
    assert find_ade20k(tmp_path) is None
    with pytest.raises(FileNotFoundError, match="training"):
        ade20k_sources(tmp_path)
