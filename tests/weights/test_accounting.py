import pytest

from keras_mobilevitv3.weights.accounting import account
from keras_mobilevitv3.weights.errors import CheckpointError

BODY = {"stem.weight": (4, 3), "stem.bias": (4,)}
HEAD = {"exp.weight": (8, 4)}
CLASSIFIER = {"fc.weight": (10, 8), "fc.bias": (10,)}


def check(source, target):
    return account(source, target, "exp", "fc", "file.pt")


def test_the_same_names_and_shapes_are_loaded():
    everything = {**BODY, **HEAD, **CLASSIFIER}
    assert check(everything, everything) == (tuple(everything), ())


@pytest.mark.parametrize("head", [{}, HEAD])
def test_a_head_that_the_model_lacks_is_left_out(head):
    source = {**BODY, **HEAD, **CLASSIFIER}
    loaded, skipped = check(source, {**BODY, **head})
    assert set(loaded) == {*BODY, *head}
    assert set(skipped) == set(source) - set(loaded)


def test_a_classifier_for_other_classes_is_left_out():
    target = {**BODY, **HEAD, "fc.weight": (3, 8), "fc.bias": (3,)}
    assert check({**BODY, **HEAD, **CLASSIFIER}, target) == ((*BODY, *HEAD), tuple(CLASSIFIER))


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ({**BODY}, {**BODY, **CLASSIFIER}, r"file lacks \(2\): fc.weight, fc.bias"),
        ({**BODY, "other.weight": (1,)}, BODY, r"model lacks \(1\): other.weight"),
        ({**BODY, "stem.bias": (5,)}, BODY, r"stem.bias \(\(5,\) in the file, \(4,\) in the model\)"),
        ({**CLASSIFIER}, {"fc.weight": (10, 9), "fc.bias": (10,)}, r"fc.weight \(\(10, 8\) in the file"),
        ({**CLASSIFIER}, {"fc.weight": (3, 9), "fc.bias": (3,)}, r"another shape \(2\)"),
        ({**BODY, **HEAD}, {**BODY, "exp.weight": (9, 4)}, r"exp.weight"),
        ({**BODY, "fcx.weight": (1,)}, BODY, r"model lacks \(1\): fcx.weight"),
    ],
)
def test_everything_else_is_refused_with_the_names(source, target, message):
    with pytest.raises(CheckpointError, match=message) as error:
        check(source, target)
    assert "file.pt does not fit the model; nothing was loaded" in str(error.value)
