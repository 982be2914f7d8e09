import keras
import numpy as np
import pytest

from keras_mobilevitv3.preprocessing import decode_predictions, preprocess_input

PREDS = [[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]]
NAMES = ("cat", "dog", "fox")


@pytest.mark.parametrize("data_format", [None, "channels_last"])
def test_preprocess_input_is_identity(data_format):
    images = np.full((2, 8, 8, 3), 200, "uint8")
    assert preprocess_input(images, data_format=data_format) is images


@pytest.mark.parametrize("data_format", ["channels_first", "NCHW"])
def test_preprocess_input_with_another_data_format(data_format):
    with pytest.raises(ValueError, match=f"must be 'channels_last'. Received: data_format='{data_format}'"):
        preprocess_input(np.zeros((2, 3, 8, 8)), data_format=data_format)


def test_preprocess_input_with_global_data_format():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match="`data_format` must be 'channels_last'"):
            preprocess_input(np.zeros((2, 3, 8, 8)))
    finally:
        keras.config.set_image_data_format(before)


@pytest.mark.parametrize("kind", [np.array, keras.ops.convert_to_tensor, list], ids=["numpy", "tensor", "list"])
def test_class_names(kind):
    result = decode_predictions(kind(PREDS), top=2, class_names=NAMES)
    assert [[item[:2] for item in sample] for sample in result] == [[(1, "dog"), (2, "fox")], [(0, "cat"), (1, "dog")]]
    scores = [[item[2] for item in sample] for sample in result]
    np.testing.assert_allclose(scores, [[0.6, 0.3], [0.5, 0.25]], rtol=1e-6)
    assert all(type(item[0]) is int and type(item[2]) is float for sample in result for item in sample)


def test_top_defaults_to_five():
    result = decode_predictions(np.arange(20.0)[None], class_names=[str(i) for i in range(20)])
    assert [item[0] for item in result[0]] == [19, 18, 17, 16, 15]


def test_top_larger_than_the_number_of_classes():
    assert [item[1] for item in decode_predictions(PREDS, top=9, class_names=NAMES)[0]] == ["dog", "fox", "cat"]


def test_unsigned_scores():
    assert decode_predictions(np.array([[0, 200]], "uint8"), top=1, class_names=["a", "b"]) == [[(1, "b", 200.0)]]


def test_empty_batch():
    assert decode_predictions(np.zeros((0, 3)), class_names=NAMES) == []


@pytest.mark.parametrize("shape", [(3,), (1, 3, 1)])
def test_bad_shape(shape):
    with pytest.raises(ValueError, match=r"`preds` must be numbers of the shape \(batch, classes\). Received"):
        decode_predictions(np.zeros(shape), class_names=NAMES)


def test_nan():
    with pytest.raises(ValueError, match="`preds` must be numbers. Received: preds with NaN"):
        decode_predictions(np.array([[0.0, np.nan, 1.0]]), class_names=NAMES)


@pytest.mark.parametrize("top", [0, -1, 1.5, None, True])
def test_bad_top(top):
    with pytest.raises(ValueError, match="`top` must be a positive integer. Received"):
        decode_predictions(PREDS, top=top, class_names=NAMES)


@pytest.mark.parametrize("class_names", [("cat", "dog"), [], "cat"])
def test_bad_class_names(class_names):
    with pytest.raises(ValueError, match="`class_names` must be a sequence of 3 strings"):
        decode_predictions(PREDS, class_names=class_names)


def test_other_number_of_classes_needs_class_names():
    with pytest.raises(ValueError, match="pass `class_names`, a sequence of 10 strings"):
        decode_predictions(np.zeros((2, 10)))


def test_imagenet_names_come_from_keras(monkeypatch):
    monkeypatch.setattr(keras.applications.imagenet_utils, "decode_predictions", lambda preds, top: (preds.shape, top))
    assert decode_predictions(keras.ops.zeros((2, 1000)), top=3) == ((2, 1000), 3)


def test_imagenet_names_without_a_network(monkeypatch):
    def fail(preds, top):
        raise Exception("URL fetch failure")  # what Keras raises

    monkeypatch.setattr(keras.applications.imagenet_utils, "decode_predictions", fail)
    with pytest.raises(RuntimeError, match="Without a network, pass `class_names`, a sequence of 1000 strings"):
        decode_predictions(np.zeros((2, 1000)))
    names = [f"class {index}" for index in range(1000)]
    assert decode_predictions(np.eye(1000)[:1], top=1, class_names=names) == [[(0, "class 0", 1.0)]]
