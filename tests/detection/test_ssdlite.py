import keras
import numpy as np
import pytest
from keras import ops

import keras_mobilevitv3
from keras_mobilevitv3 import SSDDetector, SSDLite, build_backbone, load_checkpoint
from keras_mobilevitv3.detection import ssd_anchors
from tests.check_layer import fill_weights, half_policies
from tests.check_model import HALF_TOLERANCE, assert_close, forward
from tests.compiled import COMPILED_FAMILIES, compiled
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW, tiny_classifier

FAMILIES = pytest.mark.parametrize("attention", SHALLOW)
compiled_families = pytest.mark.parametrize("attention", COMPILED_FAMILIES)
ON_JAX = keras.backend.backend() == "jax"
SIZE = (64, 96)
LEVELS = {
    "multi_head": ((4, 6), (2, 3), (1, 2), (1, 1), (1, 1), (1, 1)),
    "separable": ((4, 6), (2, 4), (1, 2), (1, 1), (1, 1), (1, 1)),  # the odd width is enlarged
}
PUBLISHED = {
    "multi_head": (0.05, 0.5, None, 200, 1000, "class", False),
    "separable": (0.01, 0.5, 400, 200, 200, "score", True),
}
SETTINGS = (
    "confidence_threshold",
    "iou_threshold",
    "candidates_per_class",
    "max_detections_per_class",
    "max_detections",
    "order",
    "clip_boxes",
)


def build(attention, **arguments):
    model = SSDLite(SHALLOW[attention], **{"classes": 3, "input_shape": (*SIZE, 3), **arguments})
    fill_weights(model)
    return model


@pytest.fixture(scope="module")
def separable():
    """A detector that no test changes."""
    return build("separable")


def images(count):
    return uniform("detector/images", (count, *SIZE, 3), 0, 255)


def targets(count):
    """Two boxes an image, and padding."""
    low, size = uniform("detector/low", (count, 2, 2), 0, 30), uniform("detector/size", (count, 2, 2), 10, 50)
    boxes = np.pad(np.concatenate([low, low + size], axis=-1), [(0, 0), (0, 2), (0, 0)])
    return {"boxes": boxes, "labels": np.array([[0, 2, -1, -1]] * count)}


def nothing(count):
    return {"boxes": np.zeros((count, 4, 4), "float32"), "labels": np.full((count, 4), -1)}


def anchors_of(levels):
    return sum(height * width * count for (height, width), count in zip(levels, (6, 6, 6, 6, 6, 4)))


@FAMILIES
def test_outputs(attention):
    model = build(attention)
    assert isinstance(model, SSDDetector) and model.name == "ssdlite"
    assert (model.level_sizes, model.image_size, model.classes) == (LEVELS[attention], SIZE, 3)
    anchors = anchors_of(LEVELS[attention])
    np.testing.assert_array_equal(model.anchors, ssd_anchors(LEVELS[attention]))
    outputs = forward_raw(model, images(2))
    assert outputs["class_logits"].shape == (2, anchors, 4)
    assert outputs["box_regressions"].shape == (2, anchors, 4)
    assert model.output["class_logits"].shape == (None, anchors, 4)
    assert tuple(getattr(model, name) for name in SETTINGS) == PUBLISHED[attention]


def forward_raw(model, inputs):
    """Raw outputs; JAX would compile each operation of a plain call, so another model predicts."""
    return forward(keras.Model(model.input, model.output), inputs)


@pytest.mark.once
def test_names_of_the_layers():
    names = [layer.name for layer in build("multi_head").layers]
    heads = [f"ssd_head{level}" for level in range(6)] + ["ssd_head0_project", "ssd_head1_project"]
    assert {"os_64", "os_128", "os_256", "os_global", *heads} <= set(names)
    assert "ssd_head2_project" not in names  # the map has as many channels already
    assert keras_mobilevitv3.SSDLite is SSDLite


@compiled_families
def test_fit(attention):
    model = build(attention)
    model.compile(keras.optimizers.SGD(1e-3))
    before = model.get_weights()
    y = {key: np.concatenate([targets(2)[key], nothing(2)[key]]) for key in ("boxes", "labels")}
    history = model.fit(images(4), y, batch_size=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all() and history.history["loss"][0] > 0
    moved = [np.abs(new - old).max() > 0 for new, old in zip(model.get_weights(), before, strict=True)]
    assert sum(moved) > 0.9 * len(moved)  # not the shifts that the next batch norm takes off

    trainable = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    model.train_on_batch(images(2), nothing(2))
    with pytest.warns(UserWarning, match="None of the 2 images has a box"):
        assert model.evaluate(images(2), nothing(2), batch_size=2, verbose=0) == 0.0
    for weight, value in zip(model.trainable_weights, trainable, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), value)
    losses = model.fit(images(2), targets(2), batch_size=2, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_mixed_precision():
    full = build("separable")
    outputs = forward_raw(full, images(2))
    for policy in half_policies():
        keras.config.set_dtype_policy(policy)
        half = build("separable")
        half.set_weights(full.get_weights())
        assert {layer.compute_dtype for layer in half.layers if layer.weights} == {policy.removeprefix("mixed_")}
        for key, result in forward_raw(half, images(2)).items():
            assert half.output[key].dtype == "float32"
            assert np.abs(result - outputs[key]).max() <= HALF_TOLERANCE[policy] * np.abs(outputs[key]).max()
        half.compile("sgd", run_eagerly=not ON_JAX)
        if ON_JAX:  # where `test_fit` compiles a step
            loss = half.evaluate(images(2), targets(2), batch_size=2, verbose=0)
        else:
            loss = half.fit(images(2), targets(2), batch_size=2, verbose=0).history["loss"][0]
        assert np.isfinite(loss) and loss > 0


@compiled_families
def test_predict_and_thresholds(attention):
    model = build(attention, confidence_threshold=0.2, max_detections=7)
    raw = forward_raw(model, images(2))
    decode = compiled(lambda *values: model.decode_predictions(dict(zip(raw, values))))
    expected = decode(*raw.values())
    found = model.predict(images(2), verbose=0)
    assert_close(found, expected)
    assert set(found) == {"boxes", "labels", "confidence", "num_detections"}
    assert {key: values.shape for key, values in found.items()} == {
        "boxes": (2, 7, 4),
        "labels": (2, 7),
        "confidence": (2, 7),
        "num_detections": (2,),
    }
    assert set(np.unique(found["labels"])) <= {-1, 0, 1, 2} and found["num_detections"].max() > 0
    model.confidence_threshold = 1.0
    assert model.predict(images(2), verbose=0)["num_detections"].tolist() == [0, 0]
    model.confidence_threshold, model.max_detections = 0.0, 3
    found = model.predict(images(2), verbose=0)
    assert found["num_detections"].tolist() == [3, 3] and found["boxes"].shape == (2, 3, 4)


def targets_of(model, y):
    """Targets of the anchors as NumPy arrays."""
    return compiled(lambda *values: model.compute_targets(dict(zip(y, values))))(*y.values())


def test_boxes_are_in_pixels(separable):
    found = targets_of(separable, {"boxes": pixel_boxes(separable)[None], "labels": np.array([[1]])})
    assert found["labels"][0, 30] == 2
    np.testing.assert_allclose(found["boxes"][0, 30], 0, atol=1e-4)
    raw = {
        "class_logits": np.zeros((1, len(separable.anchors), 4), "float32"),
        "box_regressions": np.zeros((1, len(separable.anchors), 4), "float32"),
    }
    raw["class_logits"][0, 30, 2] = 9
    found = compiled(lambda *values: separable.decode_predictions(dict(zip(raw, values))))(*raw.values())
    np.testing.assert_allclose(found["boxes"][0, :1], pixel_boxes(separable), atol=1e-4)
    assert found["labels"][0, 0] == 1


def pixel_boxes(model):
    """The box of one anchor: `(1, 4)`."""
    x, y, width, height = model.anchors[30]
    corners = np.array([[x - width / 2, y - height / 2, x + width / 2, y + height / 2]])
    return (corners * [96, 64, 96, 64]).astype("float32")


def test_bad_boxes_do_not_count():
    """Targets with bad boxes are those without them."""
    model = build("multi_head")
    good = targets(1)
    bad = {key: values.copy() for key, values in good.items()}
    bad["boxes"][0, 2:] = [[float("nan"), 0, 40, 40], [200, 10, 300, 40]]
    bad["labels"][0, 2:] = [1, 1]
    results = [targets_of(model, y) for y in (good, bad)]
    for key in ("labels", "boxes"):
        np.testing.assert_array_equal(*(result[key] for result in results))


def test_clip_boxes():
    y = {"boxes": np.array([[[-30.0, 10.0, 40.0, 60.0]]], "float32"), "labels": np.array([[1]])}
    inside = {**y, "boxes": np.array([[[0.0, 10.0, 40.0, 60.0]]], "float32")}
    model = build("separable")
    clipped, same = (targets_of(model, each)["boxes"] for each in (y, inside))
    np.testing.assert_array_equal(clipped, same)
    model.clip_boxes = False
    assert np.abs(targets_of(model, y)["boxes"] - same).max() > 0.1


@compiled_families
@pytest.mark.release("tensorflow")
def test_files(attention, tmp_path):
    model = build(attention, iou_threshold=0.4, order="score", max_detections=9)
    model.save(tmp_path / "model.keras")
    reloaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(reloaded) is SSDDetector
    assert [getattr(reloaded, name) for name in SETTINGS] == [getattr(model, name) for name in SETTINGS]
    np.testing.assert_array_equal(reloaded.anchors, model.anchors)
    assert [weight.path for weight in reloaded.weights] == [weight.path for weight in model.weights]
    assert_close(reloaded.predict(images(1), verbose=0), model.predict(images(1), verbose=0))
    model.save_weights(tmp_path / "model.weights.h5")
    for other in (build(attention), SSDDetector.from_config(model.get_config())):
        other.load_weights(tmp_path / "model.weights.h5")
        for mine, its in zip(other.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, its)


@pytest.mark.once
@pytest.mark.parametrize("suffix", [".h5", ".hdf5"])
def test_the_older_format_is_refused(tmp_path, suffix):
    with pytest.raises(ValueError, match="`filepath` must end in '.keras'.*Received: filepath="):
        build("separable").save(tmp_path / f"model{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
def test_optimizer_is_saved(tmp_path):
    model = build("separable")
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(images(1), targets(1), verbose=0)
    model.save(tmp_path / "model.keras")
    reloaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(reloaded.optimizer, keras.optimizers.Adam) and reloaded.loss is None
    assert int(reloaded.optimizer.iterations) == 1
    for mine, its in zip(reloaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), its.numpy())


@pytest.mark.once
def test_clone():
    settings = {"confidence_threshold": 0.2, "iou_threshold": 0.4, "candidates_per_class": None, "order": "class"}
    model = build("separable", max_detections=9, max_detections_per_class=5, clip_boxes=False, **settings)
    model.iou_threshold = 0.3
    clone = keras.models.clone_model(model)
    assert isinstance(clone, SSDDetector) and clone.level_sizes == LEVELS["separable"]
    assert [getattr(clone, name) for name in SETTINGS] == [getattr(model, name) for name in SETTINGS]
    on_new_input = keras.models.clone_model(model, input_tensors=keras.Input((*SIZE, 3)))
    assert on_new_input.max_detections == 9
    assert build("separable").max_detections == 200  # nothing of it stays behind


@pytest.mark.once
def test_backbone_of_a_classifier(tmp_path):
    classifier = tiny_classifier("separable", input_shape=(*SIZE, 3))
    fill_weights(classifier)
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    with pytest.warns(UserWarning, match="The head keeps its"):
        model = SSDLite(
            SHALLOW["separable"], classes=3, input_shape=(*SIZE, 3), weights=tmp_path / "classifier.weights.h5"
        )
    backbone = build_backbone(SHALLOW["separable"], input_shape=(*SIZE, 3))
    with pytest.warns(UserWarning):
        load_checkpoint(backbone, tmp_path / "classifier.weights.h5")
    on_it = SSDLite(backbone, classes=3, name="mine")
    assert on_it.name == "mine" and on_it.input is backbone.input
    for name in ("stem", "stage4_block1"):
        for detector in (model, on_it):
            weights = zip(detector.get_layer(name).get_weights(), classifier.get_layer(name).get_weights(), strict=True)
            assert all((mine == its).all() for mine, its in weights)


def test_regularizers_count():
    model = build("separable")
    layer = model.get_layer("ssd_head5").conv
    layer.kernel.regularizer = keras.regularizers.L2(0.5)
    sizes = {"class_logits": 4, "box_regressions": 4}
    raw = [uniform(f"detector/{key}", (1, len(model.anchors), size), -1, 1) for key, size in sizes.items()]
    y = targets(1)

    def losses(boxes, labels, *raw):
        y, y_pred = {"boxes": boxes, "labels": labels}, dict(zip(sizes, raw))
        return model.compute_loss(y=y, y_pred=y_pred), model.multibox_loss(model.compute_targets(y), y_pred)

    loss, plain = compiled(losses)(*y.values(), *raw)
    penalty = 0.5 * np.square(layer.get_weights()[0]).sum()
    np.testing.assert_allclose(loss, plain + penalty, rtol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("confidence_threshold", -0.1, r"a number in \[0, 1\]"),
        ("iou_threshold", "0.5", r"a number in \[0, 1\]"),
        ("candidates_per_class", 0, "a positive integer or None"),
        ("max_detections_per_class", 2.5, "a positive integer"),
        ("max_detections", None, "a positive integer"),
        ("order", "size", r"one of \['score', 'class'\]"),
        ("clip_boxes", 1, "True or False"),
    ],
)
def test_bad_settings(name, value, allowed):
    message = f"`{name}` must be {allowed}. Received: {name}="
    with pytest.raises(ValueError, match=message):
        build("separable", **{name: value})
    model = build("separable")
    with pytest.raises(ValueError, match=message):
        setattr(model, name, value)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": 0}, "`classes` must be a positive integer. Received: classes=0"),
        ({"input_shape": (None, None, 3)}, "`input_shape` must have a known height and width"),
        ({"input_shape": (16, 64, 3)}, "`input_shape` must be of shape"),
        ({"weights": "imagenet"}, "`weights` must be None .random., 'coco', or the path"),
        ({"backbone": "mobilevitv3_xs", "weights": "coco"}, "`classes` must be 80 with `weights='coco'`"),
        ({"backbone": "mobilevitv3_125", "weights": "coco", "classes": 80}, "'coco' weights exist for"),
        (
            {"backbone": "mobilevitv3_xs", "weights": "coco", "classes": 80, "input_shape": (64, 64, 4)},
            "`input_shape` must have 3 channels with `weights='coco'`",
        ),
        ({"backbone": 3}, "`backbone` must be an id of the table"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        SSDLite(**{"backbone": SHALLOW["separable"], "classes": 3, "input_shape": (64, 64, 3), **arguments})


@pytest.mark.once
@pytest.mark.parametrize(
    "y",
    [
        None,
        np.zeros((1, 2, 5)),
        {"boxes": np.zeros((1, 2, 4))},
        {"boxes": np.zeros((1, 2, 5)), "labels": np.zeros((1, 2))},
        {"boxes": np.zeros((1, 2, 4)), "labels": np.zeros((1, 3))},
    ],
)
def test_bad_targets(separable, y):
    with pytest.raises(ValueError, match="The targets must be a dict of 'boxes' of shape"):
        separable.compute_targets(y)


@pytest.mark.once
def test_labels_that_no_class_has():
    model = build("separable")
    model.compile("sgd")
    y = targets(1)
    y["labels"] = np.full_like(y["labels"], model.classes)
    with pytest.raises(ValueError, match=f"Labels must be integers from 0 to {model.classes - 1}, .*Received: "):
        model.fit(np.zeros((1, *SIZE, 3)), y)


@pytest.mark.once
@pytest.mark.parametrize(
    "arguments",
    [
        {"loss": "mse"},
        {"loss": {"class_logits": "mse"}},
        {"loss_weights": [1.0, 2.0]},
        {"metrics": ["accuracy"]},
        {"weighted_metrics": ["accuracy"]},
    ],
)
def test_bad_compile(arguments):
    model = build("separable")
    (name,) = arguments
    with pytest.raises(ValueError, match=f"`{name}` must be None: the model has its own loss.* Received: {name}="):
        model.compile("sgd", **arguments)
    assert not model.compiled
    model.compile("sgd", None, None)
    with pytest.raises(ValueError, match="`sample_weight` must be None"):
        model.compute_loss(y=targets(1), y_pred={}, sample_weight=np.ones(1))


def one_box(*box, label=1):
    return {"boxes": np.array([[box]], "float32"), "labels": np.array([[label]])}


USES = {
    "fit": lambda model, y: model.fit(np.zeros((1, *SIZE, 3)), y, verbose=0),
    "evaluate": lambda model, y: model.evaluate(np.zeros((1, *SIZE, 3)), y, verbose=0),
    "validation_data": lambda model, y: model.fit(
        np.zeros((1, *SIZE, 3)), one_box(8, 8, 40, 40), verbose=0, validation_data=(np.zeros((1, *SIZE, 3)), y)
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            one_box(40, 40, 12, 12),
            r"1 boxes, all unusable: 1 with right <= left or .*\(are the boxes xywh\?\), first in image 0",
        ),
        (one_box(8, 8, 8, 40), "1 with right <= left"),
        (one_box(np.nan, 8, 40, 40), "1 with a coordinate that is not finite"),
        (one_box(8, 8, np.inf, 40), "1 with a coordinate that is not finite"),
        (one_box(140, 140, 160, 160), "1 outside the image of 64x96 pixels"),
        (one_box(0.1, 0.1, 0.5, 0.9), r"Boxes must be in pixels.* boxes up to 0\.9, which look like fractions"),
        (one_box(8, 8, 40, 40, label=3), r"Labels must be integers from 0 to 2, .*labels \[3\]"),
        (one_box(8, 8, 40, 40, label=-2), r"labels \[-2\]"),
        (one_box(8, 8, 40, 40, label=0.5), r"labels \[0.5\]"),
    ],
)
def test_boxes_that_cannot_be_learned(separable, use, y, message):
    separable.compile("sgd")
    with pytest.raises(ValueError, match=message):
        USES[use](separable, y)


@pytest.mark.once
def test_boxes_that_are_left_out_are_counted(separable):
    separable.compile("sgd", run_eagerly=True)
    y = targets(2)
    y["boxes"][1] = [[np.nan, 0, 9, 9], [40, 40, 12, 12], [-1, -1, -1, -1], [0, 0, 0, 0]]
    expected = (
        "2 of 4 boxes are ignored: 1 with a coordinate that is not finite, first in image 1; "
        "1 with right <= left .* image 1"
    )
    with pytest.warns(UserWarning, match=expected):
        assert separable.evaluate(images(2), y, verbose=0) > 0
    with pytest.warns(UserWarning, match="None of the 2 images has a box"):
        assert separable.evaluate(images(2), nothing(2), verbose=0) == 0


@pytest.mark.backend("jax")
def test_a_setting_counts_after_the_step_was_compiled():
    """Although the former function is still there, as in a traceback."""
    model = SSDLite(SHALLOW["separable"], classes=2, input_shape=(32, 32, 3))
    model.compile("sgd")
    boxes = {"boxes": np.array([[[-30, -30, 20, 20.0]]], "float32"), "labels": np.zeros((1, 1), "int32")}
    arguments = {"x": np.zeros((1, 32, 32, 3), "float32"), "y": boxes, "verbose": 0}
    clipped, kept = model.evaluate(**arguments), model.test_function
    model.clip_boxes = False
    assert kept is not model.test_function
    assert abs(model.evaluate(**arguments) - clipped) > 0.1
