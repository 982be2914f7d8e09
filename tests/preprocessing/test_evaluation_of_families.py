import pytest

from keras_mobilevitv3.preprocessing import EvaluationTransform
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("attention", "image_size", "expected"),
    [
        ("multi_head", 256, (288, 256, "bilinear", False)),
        ("multi_head", 192, (224, 192, "bilinear", False)),
        ("multi_head", 384, (416, 384, "bilinear", False)),
        ("separable", 256, (288, 256, "bicubic", True)),
        ("separable", 224, (256, 224, "bicubic", True)),
        ("separable", 384, (384, 384, "bicubic", True)),
    ],
)
def test_published_settings(attention, image_size, expected):
    transform = evaluation_transform(attention, image_size=image_size)
    assert isinstance(transform, EvaluationTransform)
    settings = (transform.resize_size, transform.crop_size, transform.interpolation, transform.antialias)
    assert settings == expected


def test_defaults():
    assert evaluation_transform("multi_head").crop_size == 256


def test_layer_arguments():
    assert evaluation_transform("separable", name="evaluation").name == "evaluation"


@pytest.mark.parametrize("attention", ["linear", None, "mobilevitv3_s"])
def test_bad_attention(attention):
    with pytest.raises(ValueError, match=r"`attention` must be one of \['multi_head', 'separable'\]. Received"):
        evaluation_transform(attention)


@pytest.mark.parametrize("image_size", [0, -32, 256.0, "256", True, None])
def test_bad_image_size(image_size):
    with pytest.raises(ValueError, match="`image_size` must be a positive integer. Received"):
        evaluation_transform("multi_head", image_size=image_size)
