"""Wrong arguments of the public builders: each is refused by an error that names it."""

import re

import pytest

from keras_mobilevitv3 import BackboneConfig, DeepLabV3, PSPNet, SSDLite, build_backbone, build_classifier
from keras_mobilevitv3.checks import (
    check_boolean,
    check_integer,
    check_integers,
    check_keywords,
    check_name,
    check_not_negative,
    check_rate,
    did_you_mean,
)
from tests.tiny_networks import MULTI_HEAD, SHALLOW

pytestmark = pytest.mark.once

NAN, INFINITY = float("nan"), float("inf")
POSITIVE = (0, -1, 1.5, "3", True, None, NAN, [3], INFINITY, b"3")
BOOLEAN = ("False", "", 0, 1, 0.0, [], [True], "yes", NAN, b"")
RATE = (1.0, -0.1, NAN, INFINITY, "0.1", True, None, 1, [0.1], 2)
WEIGHT = (-0.1, NAN, INFINITY, -INFINITY, "0.4", True, None, [0.4], -1, b"")
NAME = (3, "", True, 1.5, ["a"], b"name", {}, (), NAN, object())
SHAPE = (
    3,
    "64",
    (64, 64),
    (31, 64, 3),
    (64, 64, 0),
    (64.0, 64, 3),
    (64, "64", 3),
    (True, 64, 3),
    (-1, 64, 3),
    (64, 64, None),
)
CONFIG = {name: getattr(MULTI_HEAD, name) for name in MULTI_HEAD.__dataclass_fields__}
LISTS = (3, "abc", (1,), (0, 0, 0, 0, 0, 0), None, {}, 1.5, True, NAN, ())


def lists(*wrong):
    return (*LISTS, *wrong)


FIELDS = {
    "stem_filters": POSITIVE,
    "expand_ratio": POSITIVE,
    "num_heads": (*POSITIVE, 3),
    "fusion_kernel_size": (*POSITIVE, 2),
    "head_filters": tuple(value for value in POSITIVE if value is not None),
    "filters": lists((8, 8, 16, 16, 0), (8, 8, 16, 16, 1.5), (8, 8, 16, 16, True)),
    "num_blocks": lists((-1, 1), (0, 1), ("1", 1)),
    "attention_dims": lists((-16, 16, 16), (16, 16, NAN)),
    "attention_depths": lists((-1, 1, 1), (1.0, 1, 1)),
    **dict.fromkeys(("dropout", "attention_dropout", "ffn_dropout", "classifier_dropout"), RATE),
    **dict.fromkeys(("input_residual", "depthwise_local"), BOOLEAN),
    "attention": ("multihead", None, 3, "", True),
    "initialization": ("glorot", None, 3, "", True),
    "fusion_input": ("global", 3, "", True),
}
BUILDERS = {
    build_classifier: {
        "classes": POSITIVE,
        "include_top": BOOLEAN,
        "include_preprocessing": BOOLEAN,
        "input_shape": SHAPE,
        "pooling": ("max", "mean", 3, True, ""),
        "classifier_activation": ("sofmax", 3, True, "", [None]),
        "weights": (3, True, "", "no_such_file.keras", ["imagenet"]),
        "name": NAME,
    },
    build_backbone: {
        "output_stride": (4, 64, 0, None, "16", 16.0, True, [16], NAN, -8),
        "include_preprocessing": BOOLEAN,
        "input_shape": SHAPE,
        "name": NAME,
    },
    DeepLabV3: {
        "classes": POSITIVE,
        "aux_head": BOOLEAN,
        "aux_weight": WEIGHT,
        "dropout": RATE,
        "aspp_filters": tuple(value for value in POSITIVE if value is not None),
        "atrous_rates": (3, (6, 12), (6, 12, 0), (6, 12, 1.5), "abc", (True, 6, 12), (), NAN, (6, 12, NAN), [6]),
        "upsampling": ("bilinear", 3, "", True),
        "output_stride": (4, 0, None, "16", 16.0),
        "include_preprocessing": BOOLEAN,
        "input_shape": SHAPE,
        "name": NAME,
    },
    PSPNet: {
        "psp_filters": POSITIVE,
        "branch_filters": tuple(value for value in POSITIVE if value is not None),
        "pool_sizes": (3, (), (0,), (1.5,), "12", None, (True,), (-1, 2), (NAN,), {}),
    },
    SSDLite: {
        "classes": POSITIVE,
        "confidence_threshold": (-0.1, 1.1, "0.5", True, None, NAN),
        "max_detections": (0, -1, 1.5, "3", True, None, NAN),
        "include_preprocessing": BOOLEAN,
        "input_shape": (*SHAPE, (None, None, 3), None),
        "name": NAME,
    },
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_a_config(name):
    for value in FIELDS[name]:
        with pytest.raises(ValueError, match=rf"`{name}` must .*Received: .*{re.escape(repr(value))}"):
            BackboneConfig(**{**CONFIG, name: value})


def test_lists_of_a_config_become_tuples():
    config = BackboneConfig(**{**CONFIG, "filters": list(MULTI_HEAD.filters), "num_blocks": [1, 2]})
    assert config == MULTI_HEAD and hash(config) == hash(MULTI_HEAD)


@pytest.mark.parametrize(
    ("build", "name"),
    [(build, name) for build, wrong in BUILDERS.items() for name in wrong],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_arguments_of_builders(build, name):
    good = {"input_shape": (64, 64, 3), **({"weights": None} if build is build_classifier else {})}
    for value in BUILDERS[build][name]:
        with pytest.raises(ValueError, match=rf"(?s)`{name}`.*(must|is for) .*Received"):
            build(SHALLOW["multi_head"], **{**good, name: value})


def test_keywords_of_the_detector():
    for name, meant in (("confidence_treshold", "confidence_threshold"), ("max_detection", "max_detections")):
        with pytest.raises(
            TypeError, match=rf"SSDLite\(\) got an unexpected argument '{name}'. Did you mean '{meant}'\?"
        ):
            SSDLite(SHALLOW["separable"], input_shape=(64, 64, 3), **{name: 1})
    with pytest.raises(TypeError, match=r"unexpected argument 'dropout'\.$"):
        SSDLite(SHALLOW["separable"], input_shape=(64, 64, 3), dropout=0.1)


def test_what_is_allowed():
    check_integer("a", 1)
    check_integer("a", 0, least=0)
    check_integer("a", None, optional=True)
    check_integers("a", [1, 2], 2)
    check_rate("a", 0)
    check_not_negative("a", 0.5)
    check_boolean("a", False)
    check_boolean("a", None, optional=True)
    check_name("a", None)
    check_keywords("f", ["a"], ("a", "b"))
    with pytest.raises(ValueError, match="`a` must be an integer of at least 2 or None. Received: a=1"):
        check_integer("a", 1, least=2, optional=True)
    assert did_you_mean("sepal", ["petal", "stem"]) == " Did you mean 'petal'?" and did_you_mean("x", ["petal"]) == ""
