import importlib.util

import numpy as np
import pytest

from keras_mobilevitv3.exporting.sample_photographs import sample_photographs

pytestmark = pytest.mark.once


def test_photographs_of_the_asked_size():
    photos, described = sample_photographs((40, 60))
    assert described == "6 photographs of scikit-learn and scikit-image"
    assert photos.shape == (6, 40, 60, 3) and photos.dtype == np.uint8
    assert all(photo.std() > 20 for photo in photos)


def test_patterns_where_neither_package_is_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    images, described = sample_photographs((40, 60))
    assert "generated patterns" in described
    assert images.shape == (4, 40, 60, 3) and images.dtype == np.uint8
    assert all(image.std() > 20 for image in images)
