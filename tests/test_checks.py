"""Wrong arguments of the public functions and classes: each is refused by an error that names it."""

import inspect
import re

import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import (
    BackboneConfig,
    DeepLabV3,
    PSPNet,
    SSDLite,
    blocks,
    build_backbone,
    build_classifier,
    detection,
    export_checkpoint,
    layers,
    load_checkpoint,
    preprocessing,
)
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
from keras_mobilevitv3.detection.multibox_loss import MultiBoxLoss, hard_negatives
from keras_mobilevitv3.detection.non_max_suppression import non_max_suppression
from keras_mobilevitv3.exporting.keras_exports import export_litert, export_saved_model
from tests.tiny_networks import MULTI_HEAD, SHALLOW
from training.callbacks import ExponentialMovingAverage
from training.metrics import MeanIoU
from training.optimizers import SGD, AdamW, WarmupCosine

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


@pytest.fixture(scope="module")
def models():
    network = SHALLOW["separable"]
    return {
        "classifier": build_classifier(network, weights=None, classes=3, input_shape=(64, 64, 3)),
        "segmenter": DeepLabV3(network, classes=2, input_shape=(64, 64, 3)),
        "detector": SSDLite(network, classes=2, input_shape=(64, 64, 3)),
    }


def check_wrong(call, good, wrong):
    """Each argument is refused in turn, by an error that names it; every argument is tried that a call has."""
    parameters = inspect.signature(call).parameters.values()
    named = [each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    assert set(named) - {"self"} <= wrong.keys() | UNTRIED
    check_refused(call, good, wrong)


def check_refused(call, good, wrong):
    """Each of some arguments is refused in turn, by an error that names it."""
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ValueError, match=rf"(?s)`{name}`.*must .*Received"):
                call(**{**good, name: value})


# What Keras itself checks, and tensors.
UNTRIED = {"activation", "kernel_initializer", "bias_initializer", "beta_initializer", "gamma_initializer"}
UNTRIED |= {"boxes", "scores", "others", "anchors", "regressions", "outputs", "targets", "background_loss", "positive"}
UNTRIED |= {"name", "dtype", "kwargs", "x", "loss_scale_factor", "raw_validation_data", "suppress", "epsilon"}
COUNT = tuple(value for value in POSITIVE if value is not None)  # where `None` is allowed
FRACTION = (-0.1, 1.1, NAN, INFINITY, "0.5", True, None, [0.5], 2, b"")
NUMBER = tuple(value for value in WEIGHT if value is not None)
MODEL = (None, 3, "model", [], {}, object(), 1.5, True, b"", np.ones(3))
PATH = (None, 3, "", True, 1.5, [], {}, b"path", object(), ())
CHOICE = ("mean", 3, True, "", 1.5, [], {}, b"", object(), ("softmax",))
LIST = (3, (), (0,), (1.5,), "12", None, (True,), (-1, 2), (NAN,), {})
TEXTS = (3, "abc", ["a"], ["a", "b", 3], {"a": 1, "b": 2, "c": 3}, True, 1.5, b"abc", [None] * 3, object())
NAMED = (None, *CHOICE)
LAYERS = {
    layers.AuxiliaryOutput: {"loss_weight": WEIGHT, "align_corners": BOOLEAN},
    layers.ConvNormAct: {
        "filters": COUNT,
        "kernel_size": (*POSITIVE, 2),
        "strides": POSITIVE,
        "dilation_rate": POSITIVE,
        **dict.fromkeys(("depthwise", "use_norm", "use_bias", "fused"), BOOLEAN),
    },
    layers.MultiHeadSelfAttention: {"dim": POSITIVE, "num_heads": (*POSITIVE, 3), "dropout": RATE},
    layers.SeparableSelfAttention: {"dim": POSITIVE, "dropout": RATE},
    layers.PyramidPooling: {"filters": POSITIVE, "branch_filters": POSITIVE, "pool_sizes": LIST},
    layers.SpatialPyramidPooling: {"filters": POSITIVE, "atrous_rates": LIST},
    layers.SeparableConvNormAct: {
        "filters": POSITIVE,
        "kernel_size": (*POSITIVE, 2),
        "strides": POSITIVE,
        "use_norm": BOOLEAN,
        "use_bias": BOOLEAN,
    },
    layers.Upsampling: {"scale": COUNT, "align_corners": BOOLEAN},
    blocks.InvertedResidual: {
        "filters": POSITIVE,
        "strides": (*POSITIVE, 3),
        "dilation_rate": POSITIVE,
        "expand_ratio": POSITIVE,
        "initialization": NAMED,
    },
    blocks.TransformerEncoder: {
        "dim": POSITIVE,
        "ffn_dim": POSITIVE,
        "attention": NAMED,
        "num_heads": (*POSITIVE, 3),
        **dict.fromkeys(("dropout", "attention_dropout", "ffn_dropout"), RATE),
        "initialization": NAMED,
    },
    blocks.MobileViTBlock: {
        **dict.fromkeys(("filters", "dim", "ffn_dim", "dilation_rate"), POSITIVE),
        "depth": POSITIVE[1:],
        "attention": NAMED,
        "num_heads": (*POSITIVE, 3),
        "fusion_kernel_size": (*POSITIVE, 2),
        "fusion_input": CHOICE,
        "input_residual": BOOLEAN,
        "depthwise_local": BOOLEAN,
        **dict.fromkeys(("dropout", "attention_dropout", "ffn_dropout"), RATE),
        "initialization": NAMED,
    },
}
SIZES = {"filters": 8, "dim": 8, "ffn_dim": 16, "depth": 1, "branch_filters": 4, "attention": "multi_head"}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_arguments_of_layers_and_blocks(layer):
    known = inspect.signature(layer.__init__).parameters
    check_wrong(layer, {name: value for name, value in SIZES.items() if name in known}, LAYERS[layer])


PAIRS = (3, None, "ab", [], [(1, 2)], [(0, 1)] * 6, [(1, 2, 3)] * 6, [(1.5, 2)] * 6, [(True, 1)] * 6, [3] * 6)
RATIOS = (3, None, "ab", [], [3], [(0,)], [(-1,)], [(NAN,)], [("2",)], [(True,)])
BOXES = {"boxes": np.zeros((1, 4, 4), "float32"), "scores": np.zeros((1, 4, 2), "float32")}
THRESHOLDS = {"confidence_threshold": FRACTION, "iou_threshold": FRACTION}
LIMITS = {"candidates_per_class": COUNT, "max_detections_per_class": POSITIVE}
FUNCTIONS = {
    detection.ssd_anchors: (
        {"level_sizes": [(2, 2)] * 6},
        {"level_sizes": PAIRS, "aspect_ratios": RATIOS, "min_scale": WEIGHT, "max_scale": WEIGHT},
    ),
    detection.anchors_per_cell: ({}, {"aspect_ratios": RATIOS}),
    non_max_suppression: (BOXES, {**THRESHOLDS, **LIMITS}),
    detection.select_detections: (
        BOXES,
        {"max_detections": POSITIVE, "order": NAMED, **THRESHOLDS, **LIMITS},
    ),
    MultiBoxLoss: ({}, {"negatives_per_positive": WEIGHT}),
    hard_negatives: ({"background_loss": None, "positive": None}, {"negatives_per_positive": WEIGHT}),
    preprocessing.EvaluationTransform: (
        {},
        {
            "resize_size": POSITIVE,
            "crop_size": (*POSITIVE, 999),
            "interpolation": NAMED,
            "antialias": BOOLEAN,
        },
    ),
    preprocessing.evaluation_transform: (
        {"attention": "separable"},
        {"attention": NAMED, "image_size": POSITIVE},
    ),
    preprocessing.decode_predictions: (
        {"preds": np.ones((1, 3)), "class_names": ["a", "b", "c"]},
        {
            "preds": (3, "a", None, [], [1.0], np.ones((2, 2, 2)), [["a"]], [[NAN, 1, 2]], [[None]], object()),
            "top": POSITIVE,
            "class_names": TEXTS,
        },
    ),
    preprocessing.preprocess_input: ({"x": None}, {"data_format": ("channels_first", *CHOICE)}),
    preprocessing.resize_image: (
        {"image": np.zeros((4, 4, 3), "uint8"), "size": (2, 2)},
        {
            "image": (3, None, "a", [], np.ones((4, 4), "uint8"), np.ones((4, 4, 3)), np.ones(3, "uint8")),
            "size": (3, None, "ab", (1,), (0, 1), (-1, 2), (1.5, 2), (True, 2), ("1", 2), (1, 2, 3)),
            "interpolation": NAMED,
            "antialias": BOOLEAN,
        },
    ),
    preprocessing.class_names: ({}, {"dataset": NAMED}),
    preprocessing.segmentation_palette: ({}, {"dataset": (None, 0, -1, 257, True, "", "coco", 1.5, [], {})}),
    preprocessing.read_image: ({}, {"path": PATH}),
    keras_mobilevitv3.list_variants: ({}, {"pattern": (None, 3, True, 1.5, [], {}, b"*", (), object(), ["*"])}),
    keras_mobilevitv3.fuse_batch_norm: ({}, {"model": MODEL}),
    keras_mobilevitv3.compile_for_inference: (
        {"model": None},
        {"model": MODEL, "batch_size": tuple(value for value in POSITIVE if value is not None)},
    ),
    keras_mobilevitv3.profile: (
        {"model_or_variant": "mobilevitv3_xxs"},
        {
            "model_or_variant": ("resnet50", None, 3, True, [], {}, b"", 1.5, object(), ""),
            "input_shape": (*SHAPE[:2], *SHAPE[4:], (64,), ()),
        },
    ),
    SGD: (
        {},
        {
            "learning_rate": NUMBER,
            "weight_decay": NUMBER,
            "momentum": RATE,
            "decay_1d": BOOLEAN,
            "max_gradient_norm": (0, -1, NAN, "1", True, [1.0], b"", {}, -INFINITY, object()),
            "frozen_steps": (-1, 1.5, "3", True, None, [3]),
            "learning_rate_multipliers": (3, "a", [1], {"a": "b"}, {"a": NAN}, {"a": -1}, {1: 1}, True, (), 1.5),
        },
    ),
    AdamW: ({}, {"beta_1": RATE, "beta_2": RATE, "epsilon": NUMBER}),
    WarmupCosine: (
        {"max_learning_rate": 0.1, "min_learning_rate": 0.0, "epochs": 2, "steps_per_epoch": 3},
        {
            **dict.fromkeys(("max_learning_rate", "min_learning_rate", "warmup_learning_rate"), WEIGHT),
            "epochs": POSITIVE,
            "steps_per_epoch": (0, -1, 1.5, "3", True, None, [3], [3, 0], [3, 1.5], {}),
            "warmup_steps": (-1, 1.5, "3", True, None, NAN, [3], b"3", INFINITY, {}),
        },
    ),
    ExponentialMovingAverage: ({}, {"momentum": (0, -0.1, 1.1, NAN, INFINITY, "0.5", True, None, [0.5], b"")}),
    MeanIoU: (
        {"num_classes": 2},
        {"num_classes": POSITIVE, "ignore_class": (1.5, "3", True, NAN, [3], b"", {}, (), INFINITY, object())},
    ),
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_arguments_of_functions(function):
    good, wrong = FUNCTIONS[function]
    if function is AdamW:
        wrong = {**FUNCTIONS[SGD][1], **wrong}
        del wrong["momentum"]
    check_wrong(function, good, wrong)


IMAGES = (None, 3, {}, True, 1.5, object(), np.ones(3), np.ones((2, 2, 2, 2, 2)), [3], [np.ones(3)])


def test_arguments_of_predictions(models):
    good = {"images": np.zeros((2, 64, 64, 3), "uint8")}
    classifier = {"model": models["classifier"], **good}
    check_wrong(
        keras_mobilevitv3.predict_classes,
        classifier,
        {
            "model": MODEL,
            "images": IMAGES,
            "top": POSITIVE,
            "class_names": TEXTS,
            "activation": CHOICE,
            "batch_size": POSITIVE,
        },
    )
    check_wrong(
        keras_mobilevitv3.predict_detections,
        {"model": models["detector"], **good},
        {"model": MODEL, "images": IMAGES, "batch_size": POSITIVE},
    )
    check_wrong(
        keras_mobilevitv3.predict_segmentation,
        {"model": models["segmenter"], "image": good["images"][0]},
        {
            "model": MODEL,
            "image": IMAGES,
            "size": (*COUNT, 31),
            "return_probabilities": BOOLEAN,
        },
    )


WRITERS = {"model": MODEL, "path": PATH, "overwrite": BOOLEAN}


def test_arguments_of_writers(models, tmp_path):
    model = models["classifier"]
    path = tmp_path / "model.safetensors"
    check_wrong(export_checkpoint, {"model": model, "path": path}, {**WRITERS, "channel_order": CHOICE})
    export_checkpoint(model, path)
    check_wrong(
        load_checkpoint, {"model": model, "path": path}, {"model": MODEL, "path": PATH, "channel_order": CHOICE}
    )
    check_wrong(export_litert, {"model": model, "path": tmp_path / "a.tflite"}, WRITERS)
    check_wrong(export_saved_model, {"model": model, "path": tmp_path / "a"}, WRITERS)
    check_wrong(
        keras_mobilevitv3.export,
        {"model": model, "path": tmp_path / "model"},
        {
            **WRITERS,
            "format": NAMED,
            "precision": NAMED,
            "samples": (
                3,
                "a",
                [],
                np.ones(3),
                np.ones((1, 32, 32, 3)),
                [["a"]],
                object(),
                {},
                np.ones((0, 64, 64, 3)),
            ),
            "tolerance": tuple(value for value in NUMBER if value != INFINITY),
            "calibration": (3, "a", [], np.ones((1, 64, 64, 3))),
            "postprocessing": BOOLEAN,
            "class_map": BOOLEAN,
            "class_names": TEXTS,
            "batch_size": COUNT,
            "version": COUNT,
            "weights": NAME,
            "verbose": BOOLEAN,
            "activation": CHOICE,
        },
    )
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_arguments_of_heads_of_other_libraries():
    from keras_mobilevitv3.interop import keras_cv, keras_hub

    network = {"variant": SHALLOW["multi_head"]}
    rates = {"learning_rate": (0, -0.1, NAN, INFINITY, "0.1", True, [0.1], b"", {}, ()), "steps": COUNT}
    fixed = {**network, "classes": 2, "input_shape": (64, 64, 3)}
    for build in (keras_cv.deeplab_v3_plus, keras_cv.segformer):
        wrong = {"classes": POSITIVE, "projection_filters": POSITIVE, "include_rescaling": BOOLEAN, **rates}
        check_refused(build, fixed, wrong)
    of_hub = {"classes": POSITIVE, "image_size": COUNT, "learning_rate": rates["learning_rate"], "name": NAME}
    levels = {"min_level": POSITIVE, "max_level": (*POSITIVE, 2), "head_convolutions": POSITIVE}
    for build, wrong in (
        (keras_hub.image_classifier, {**of_hub, "dropout": tuple(value for value in RATE if value is not None)}),
        (keras_hub.deeplab_v3, {**of_hub, "dropout": RATE, "low_level_feature_key": CHOICE}),
        (keras_hub.retinanet, {**of_hub, **levels, "bounding_box_format": NAMED, "anchor_size": (0, *WEIGHT)}),
    ):
        check_refused(build, {**network, "classes": 2}, wrong)


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
