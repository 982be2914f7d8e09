import pytest

from keras_mobilevitv3.preprocessing import class_names


def test_digits():
    names = class_names("digits")
    assert (len(names), names[0], names[9]) == (10, "zero", "nine")


@pytest.mark.parametrize("dataset", ["imagenet", None])
def test_unknown_dataset(dataset):
    with pytest.raises(ValueError, match=r"`dataset` must be one of \['digits'\]. Received"):
        class_names(dataset)
