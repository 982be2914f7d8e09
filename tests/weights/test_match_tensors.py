import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.match_tensors import match_tensors
from keras_mobilevitv3.weights.official_names.head_names import HeadNames

pytestmark = pytest.mark.once

NAMES = HeadNames(optional=("exp", "fc"), classifiers=("fc", "seg.last"), heads=("seg", "ssd"))
BODY = {"stem.weight": (4, 3), "stem.bias": (4,)}
HEAD = {"exp.weight": (8, 4)}
CLASSIFIER = {"fc.weight": (10, 8), "fc.bias": (10,)}


def check(source, target):
    return match_tensors(source, target, NAMES, "file.pt")


def test_the_same_names_and_shapes_are_loaded():
    everything = {**BODY, **HEAD, **CLASSIFIER}
    assert check(everything, everything) == (tuple(everything), (), ())


@pytest.mark.parametrize("head", [{}, HEAD])
def test_a_head_that_the_model_lacks_is_left_out(head):
    source = {**BODY, **HEAD, **CLASSIFIER}
    loaded, skipped, kept = check(source, {**BODY, **head})
    assert set(loaded) == {*BODY, *head}
    assert set(skipped) == set(source) - set(loaded) and kept == ()


def test_a_classifier_for_other_classes_is_left_out():
    target = {**BODY, **HEAD, "fc.weight": (3, 8), "fc.bias": (3,)}
    assert check({**BODY, **HEAD, **CLASSIFIER}, target) == ((*BODY, *HEAD), tuple(CLASSIFIER), ())


SEGMENTER = {**BODY, "seg.aspp.weight": (8, 4), "seg.last.weight": (21, 8), "seg.last.bias": (21,)}


def test_a_classifier_goes_into_the_backbone_of_a_segmenter():
    loaded, skipped, kept = check({**BODY, **CLASSIFIER}, SEGMENTER)
    assert loaded == tuple(BODY) and skipped == tuple(CLASSIFIER)
    assert kept == ("seg.aspp.weight", "seg.last.weight", "seg.last.bias")


def test_a_segmenter_for_other_classes_keeps_its_last_layer():
    target = {**SEGMENTER, "seg.last.weight": (3, 8), "seg.last.bias": (3,)}
    report = check(SEGMENTER, target)
    assert report.skipped == ("seg.last.weight", "seg.last.bias") and report.kept == ()


def test_the_message_is_not_longer_than_one_reads():
    other = {f"layer{number}.weight": (1,) for number in range(30)}
    with pytest.raises(CheckpointError, match=r"model lacks \(30\): layer0.weight, .*, layer19.weight, and 10 more$"):
        check({**BODY, **other}, BODY)


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
        ({**BODY, "ssd.weight": (1,)}, SEGMENTER, r"file lacks \(3\): seg.aspp.weight"),
        ({**SEGMENTER}, BODY, r"model lacks \(3\): seg.aspp.weight"),
        ({"stem.weight": (4, 3)}, SEGMENTER, r"file lacks \(1\): stem.bias"),
    ],
)
def test_everything_else_is_refused_with_the_names(source, target, message):
    with pytest.raises(CheckpointError, match=message) as error:
        check(source, target)
    assert "file.pt does not fit the model; nothing was loaded" in str(error.value)
