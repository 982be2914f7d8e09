import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from training.report.class_weights import class_weights, positive_weights

NAMES = ("cat", "dog", "owl")


def test_weights_are_those_of_scikit_learn():
    counts = [5, 1, 24]
    labels = np.repeat(range(3), counts)
    weights = class_weights(counts, NAMES)
    np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(3), y=labels), rtol=1e-6)
    assert weights[labels].mean() == pytest.approx(1)
    assert weights.dtype == np.float32


def test_images_with_and_without_a_label_weigh_the_same():
    positives, images = np.array([1, 30, 99]), 100
    np.testing.assert_allclose(positive_weights(positives, images, NAMES) * positives, images - positives, rtol=1e-6)


def test_classes_without_images_are_named():
    with pytest.raises(ValueError, match="`counts` must be at least 1 for each class. No images: 'cat', 'owl'$"):
        class_weights([0, 5, 0], NAMES)
    with pytest.raises(ValueError, match="`positives` must be at least 1 for each class. No images: 'dog'$"):
        positive_weights([3, 0, 1], 10, NAMES)
    with pytest.raises(ValueError, match="less than `images`, 10, for each class. All images have: 'dog', 'owl'$"):
        positive_weights([3, 10, 11], 10, NAMES)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="`counts` must be a sequence of integers"):
        class_weights([0.5, 1.0, 2.0], NAMES)
    with pytest.raises(ValueError, match="`class_names` must be a sequence of 2 strings"):
        class_weights([1, 2], NAMES)
