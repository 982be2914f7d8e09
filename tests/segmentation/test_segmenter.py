import inspect
import json

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import build_backbone
from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
from keras_mobilevitv3.segmentation.pspnet import PSPNet
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from tests import numpy_reference
from tests.check_layer import fill_weights
from tests.check_model import check_model, forward
from tests.reference_arrays import uniform
from tests.thinned import thinned
from tests.tiny_networks import SHALLOW

CLASSES = 5
SMALL = {DeepLabV3: {"aspp_filters": 6, "atrous_rates": (1, 2, 3)}, PSPNet: {"psp_filters": 6, "pool_sizes": (1, 2)}}
FAMILIES = pytest.mark.parametrize("attention", SHALLOW)
ON_JAX, ON_TORCH = (keras.backend.backend() == name for name in ("jax", "torch"))
compiles_long = pytest.mark.skipif(ON_JAX, reason="half a minute of compilation for what `test_fit` compiles too")


def build(head, attention, **arguments):
    return head(SHALLOW[attention], **{"classes": CLASSES, **SMALL[head], **arguments})


def images(*size):
    return uniform("segmenter/images", (*size, 3), 0, 255)


def masks(*size, ignore_class=255):
    labels = np.floor(uniform("segmenter/masks", size) * CLASSES).astype("int32")
    labels[uniform("segmenter/ignored", size) < 0.1] = ignore_class
    return labels


def cross_entropy(ignore_class=255):
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignore_class)


@pytest.mark.parametrize(
    ("head", "attention"), [(PSPNet, "separable"), (DeepLabV3, "multi_head")][: 2 if ON_TORCH else 1]
)
def test_model(head, attention, tmp_path):
    """Without an auxiliary head and with one."""
    model = check_model(
        lambda shape: build(head, attention, input_shape=shape), (2, 33, 71, 3), (2, 33, 71, CLASSES), tmp_path
    )
    assert isinstance(model, Segmenter)
    assert ("aux_classifier" in [layer.name for layer in model.layers]) == (attention == "separable")


@pytest.mark.release("jax")
def test_inside_of_a_model():
    """There it has one output, in training too, as the other model knows of one only."""
    inner = build(PSPNet, "separable", aux_head=True, input_shape=(32, 48, 3))
    inputs = keras.Input((32, 48, 3))
    outer = keras.Model(inputs, inner(inputs))
    assert tuple(outer(images(2, 32, 48), training=True).shape) == (2, 32, 48, CLASSES)
    assert set(inner(images(2, 32, 48), training=True)) == {"logits", "logits_aux"}
    with pytest.raises(TypeError, match="inputs"):
        inner()
    assert set(inner(images(2, 32, 48), training=True)) == {"logits", "logits_aux"}
    state = [
        [variable.value for variable in kind] for kind in (inner.trainable_variables, inner.non_trainable_variables)
    ]
    outputs, _ = inner.stateless_call(*state, images(2, 32, 48), training=True)
    assert set(outputs) == {"logits", "logits_aux"}


@pytest.mark.release("jax", "tensorflow")
def test_distillation():
    teacher, student = (build(PSPNet, "separable", aux_head=True, input_shape=(32, 48, 3)) for _ in range(2))
    of_logits = keras.distillation.LogitsDistillation()
    of_layers = [
        keras.distillation.FeatureDistillation(teacher_layer_name=name, student_layer_name=name)
        for name in ("classifier", "aux_output")
    ]
    for losses in ([of_logits], of_layers):
        distiller = keras.distillation.Distiller(teacher, student, losses)
        distiller.compile(keras.optimizers.SGD(0.1), cross_entropy(), run_eagerly=not ON_JAX)
        before, teachers = student.get_weights(), teacher.get_weights()
        history = distiller.fit(images(2, 32, 48), masks(2, 32, 48), verbose=0).history
        assert np.isfinite(history["total_loss"]).all() and not teacher.trainable_weights
        assert all(map(np.array_equal, teachers, teacher.get_weights()))
    assert not any(map(np.array_equal, before, student.get_weights()))


FITS = [(PSPNet, "separable", True, -1), (DeepLabV3, "multi_head", False, 255)]


@pytest.mark.parametrize(
    ("head", "attention", "aux_head", "ignore_class"),
    thinned(FITS, FITS, jax=FITS[:1], tensorflow=FITS[:1]),
)
def test_fit(head, attention, aux_head, ignore_class):
    """Each weight learns, from masks with ignored pixels."""
    model = build(head, attention, aux_head=aux_head)
    model.compile(
        keras.optimizers.SGD(0.1),
        cross_entropy(ignore_class),
        metrics=["sparse_categorical_accuracy"],
        run_eagerly=head is DeepLabV3,  # one compiled, one not
    )
    before = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights}
    labels = masks(2, 32, 48, ignore_class=ignore_class)
    history = model.fit(images(2, 32, 48), labels, epochs=2, batch_size=2, verbose=0).history
    assert set(history) == {"loss", "sparse_categorical_accuracy"}
    assert np.isfinite(history["loss"]).all()
    still = [
        weight.path
        for weight in model.trainable_weights
        if np.abs(keras.ops.convert_to_numpy(weight) - before[weight.path]).max() == 0
    ]
    assert not still
    assert any("aux_conv" in path for path in before) == aux_head
    assert model.predict(images(1, 32, 48), verbose=0).shape == (1, 32, 48, CLASSES)


def mean_cross_entropy(logits, labels):
    logits = np.asarray(logits, "float64")
    log_sums = np.log(np.exp(logits).sum(axis=-1))
    losses = [log_sums[index] - logits[(*index, labels[index])] for index in zip(*np.nonzero(labels != 255))]
    return np.mean(losses) if losses else 0.0


def test_loss_is_the_mean_over_valid_pixels():
    """Evaluated: of the logits. In training: with the auxiliary loss, and the penalties of the weights once."""
    model = build(DeepLabV3, "separable", aux_head=True, aux_weight=0.3, dropout=0.0)
    fill_weights(model)
    labels = masks(1, 33, 40)
    labels[0, 5:, :] = 255
    outputs = keras.Model(model.input, model.output).predict(images(1, 33, 40), verbose=0)
    main = mean_cross_entropy(outputs["logits"], labels)
    auxiliary = mean_cross_entropy(outputs["logits_aux"], labels)
    penalty = 0.01 * np.sum(keras.ops.convert_to_numpy(model.get_layer("classifier").conv.kernel) ** 2)
    model.get_layer("classifier").conv.kernel.regularizer = keras.regularizers.L2(0.01)
    model.compile(loss=cross_entropy(), run_eagerly=not ON_JAX)
    evaluated = model.evaluate(images(1, 33, 40), labels, verbose=0)
    assert evaluated == pytest.approx(main + penalty, rel=1e-5)
    trained = model.compute_loss(y=keras.ops.convert_to_tensor(labels), y_pred=outputs)
    trained = keras.ops.convert_to_numpy(trained)
    assert trained == pytest.approx(main + 0.3 * auxiliary + penalty, rel=1e-5)


def weighted_loss(logits, labels, weights):
    """The losses of the valid pixels times their weights, over the number of valid pixels."""
    logits = np.asarray(logits, "float64")
    if logits.shape[-1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    valid = labels != 255
    chosen = np.take_along_axis(logits, np.where(valid, labels, 0)[..., None], axis=-1)[..., 0]
    losses = np.log(np.exp(logits).sum(axis=-1)) - chosen
    return np.sum((losses * weights)[valid]) / valid.sum()


PIXEL_WEIGHTS = uniform("segmenter/pixel_weights", (2, 32, 40), 0.5, 2)
IMAGE_WEIGHTS = np.array([0.25, 3.0], "float32")
CLASS_WEIGHT = {0: 0.5, 1: 2.0, 4: 0.0}


class OneBatch(keras.utils.PyDataset):
    """A data set of one batch."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.arrays


@pytest.mark.parametrize(
    ("sample_weight", "class_weight"),
    [
        (PIXEL_WEIGHTS, CLASS_WEIGHT),
        (PIXEL_WEIGHTS[..., None], None),
        (IMAGE_WEIGHTS, None),
        (None, CLASS_WEIGHT),
        (IMAGE_WEIGHTS, CLASS_WEIGHT),
    ][: 5 if ON_TORCH else 1],
    ids=lambda part: "x".join(map(str, part.shape)) if isinstance(part, np.ndarray) else str(type(part).__name__),
)
def test_weights_of_images_pixels_and_classes(sample_weight, class_weight):
    """With void pixels and an auxiliary head; `fit` gives the loss before its only step."""
    model = build(DeepLabV3, "separable", aux_head=True, aux_weight=0.3, dropout=0.0)
    model.trainable = False  # batch norms take their moving statistics, so that the outputs are those of prediction
    outputs = keras.Model(model.input, model.output).predict(images(2, 32, 40), verbose=0)
    labels = masks(2, 32, 40)
    weights = np.ones((2, 32, 40))
    if sample_weight is not None:
        weights = weights * sample_weight.reshape(2, *([1, 1] if sample_weight.ndim == 1 else [32, 40]))
    for label, weight in (class_weight or {}).items():
        weights[labels == label] *= weight
    expected = weighted_loss(outputs["logits"], labels, weights)
    auxiliary = weighted_loss(outputs["logits_aux"], labels, weights)
    model.compile(keras.optimizers.SGD(0.0), cross_entropy(), run_eagerly=not ON_JAX)
    settings = {"sample_weight": sample_weight, "class_weight": class_weight, "batch_size": 2, "verbose": 0}
    found = model.fit(images(2, 32, 40), labels, **settings).history["loss"][0]
    assert found == pytest.approx(expected + 0.3 * auxiliary, rel=1e-4)
    if class_weight is not None:
        arrays = (images(2, 32, 40), labels) if sample_weight is None else (images(2, 32, 40), labels, sample_weight)
        found = model.fit(OneBatch(*arrays), class_weight=class_weight, verbose=0).history["loss"][0]
        assert found == pytest.approx(expected + 0.3 * auxiliary, rel=1e-4)
        found = model.train_on_batch(*arrays, class_weight=class_weight)
        assert np.ravel(found)[0] == pytest.approx(expected + 0.3 * auxiliary, rel=1e-4)
    if class_weight is None:
        evaluated = model.evaluate(images(2, 32, 40), labels, sample_weight=sample_weight, batch_size=2, verbose=0)
        assert evaluated == pytest.approx(expected, rel=1e-4)


def test_class_weights_of_data_sets_one_after_the_other():
    """What was compiled for other weights, or for none, is not run again."""
    model = build(PSPNet, "separable", aux_head=False, dropout=0.0)
    model.trainable = False
    model.compile(keras.optimizers.SGD(0.0), cross_entropy(), run_eagerly=keras.backend.backend() == "tensorflow")
    data, losses, kept = OneBatch(images(1, 32, 32), np.zeros((1, 32, 32), "int32")), [], []
    for class_weight in (None, {0: 10.0}, {0: 3.0}, None):
        losses.append(model.fit(data, class_weight=class_weight, verbose=0).history["loss"][0])
        kept.append(model.train_function)
    assert losses == pytest.approx([losses[0] * factor for factor in (1, 10, 3, 1)], rel=1e-4)


@pytest.mark.parametrize(
    ("dtype", "last_axis"),
    [("uint8", False), ("int64", True), ("bool", True), ("float32", False)][: 4 if ON_TORCH else 1],
)
def test_one_class(dtype, last_axis):
    """The logit of the foreground, which masks of 0 and 1 train."""
    model = build(DeepLabV3, "separable", classes=1, aux_head=False)
    labels = (uniform("segmenter/foreground", (2, 32, 40)) > 0.6).astype("int32")
    targets = labels.astype(dtype)[..., None] if last_axis else labels.astype(dtype)
    logits = forward(model, images(2, 32, 40))
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryIoU(target_class_ids=[1], threshold=0.0)],
        run_eagerly=not ON_JAX,
    )
    weights = weights_of_foreground(labels)
    found = model.evaluate(images(2, 32, 40), targets, sample_weight=weights, batch_size=2, verbose=0)
    assert found[0] == pytest.approx(weighted_loss(logits, labels, weights), rel=1e-4)
    foreground = np.asarray(logits)[..., 0] > 0
    union = np.sum(foreground | (labels == 1))
    assert found[1] == pytest.approx(np.sum(foreground & (labels == 1)) / max(union, 1), abs=1e-5)
    if ON_TORCH:
        history = model.fit(
            images(2, 32, 40), targets, class_weight={1: 3.0}, epochs=3, batch_size=2, verbose=0
        ).history
        assert history["loss"][-1] < history["loss"][0]


def weights_of_foreground(labels):
    return np.where(labels == 1, 2.0, 1.0).astype("float32")


@pytest.mark.once
@pytest.mark.parametrize(
    ("classes", "loss", "message"),
    [
        (
            CLASSES,
            "sparse_categorical_crossentropy",
            r"SparseCategoricalCrossentropy\(from_logits=True\).*probabilities",
        ),
        (CLASSES, keras.losses.SparseCategoricalCrossentropy(), "`loss` must take logits"),
        (CLASSES, keras.losses.CategoricalFocalCrossentropy(), "`loss` must take logits"),
        (CLASSES, keras.losses.sparse_categorical_crossentropy, "`loss` must take logits"),
        (1, "binary_crossentropy", r"keras.losses.BinaryCrossentropy\(from_logits=True\)"),
        (1, keras.losses.SparseCategoricalCrossentropy(from_logits=True), "must be a binary loss.*always 0"),
        (CLASSES, {"logits": cross_entropy()}, "`loss` must be a single loss"),
        (CLASSES, [cross_entropy(), cross_entropy()], "`loss` must be a single loss"),
    ],
)
def test_losses_that_are_refused(classes, loss, message):
    model = build(DeepLabV3, "separable", classes=classes)
    with pytest.raises(ValueError, match=f"{message}.*") as caught:
        model.compile("sgd", loss)
    assert str(caught.value).startswith("`loss` ") and "Received: loss=" in str(caught.value)
    assert not model.compiled
    with pytest.raises(ValueError, match="`loss_weights` must be None"):
        model.compile("sgd", "mse", loss_weights=[1.0, 0.4])
    model.compile("sgd", lambda y, y_pred: keras.ops.mean(y_pred))
    model.compile("sgd", "mse")


@pytest.mark.once
def test_class_weight_of_no_class():
    model = build(DeepLabV3, "separable")
    model.compile("sgd", cross_entropy())
    with pytest.raises(ValueError, match=r"`class_weight` must have keys from 0 to 4. Received: keys \[5, 'a'\]"):
        model.fit(images(1, 32, 32), masks(1, 32, 32), class_weight={0: 1.0, 5: 2.0, "a": 1.0})
    for wrong in (3, "balanced", [1.0, 2.0], {0: -1.0}, {0: float("nan")}, {1: "2"}):
        with pytest.raises(ValueError, match=r"`class_weight.*must be .*Received"):
            model.fit(images(1, 32, 32), masks(1, 32, 32), class_weight=wrong)


@pytest.mark.once
def test_what_was_compiled_and_the_optimizer_are_saved(tmp_path):
    model = build(DeepLabV3, "separable")
    model.compile(keras.optimizers.Adam(0.01), cross_entropy(), metrics=["sparse_categorical_accuracy"])
    model.fit(images(1, 32, 32), masks(1, 32, 32), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.loss.ignore_class == 255 and int(loaded.optimizer.iterations) == 1
    for mine, its in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), its.numpy())
    histories = [each.fit(images(1, 32, 32), masks(1, 32, 32), verbose=0).history for each in (model, loaded)]
    assert histories[0].keys() == histories[1].keys()


@compiles_long
def test_no_valid_pixel():
    model = build(DeepLabV3, "separable")
    model.compile(keras.optimizers.SGD(0.1), cross_entropy(), run_eagerly=True)
    labels = np.full((1, 32, 32), 255, "int32")
    assert model.evaluate(images(1, 32, 32), labels, verbose=0) == 0
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    assert model.fit(images(1, 32, 32), labels, verbose=0).history["loss"] == [0.0]
    for weight, value in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), value)


@FAMILIES
def test_upsampling(attention):
    """By the stride, and not at all; the parity with the references shows the size of the images."""
    model = build(DeepLabV3, attention, upsampling="stride")
    fill_weights(model)
    lowres, logits = forward(prediction_with_low_resolution(model), images(1, 40, 70))
    assert lowres.shape[1:3] == ((4, 6) if attention == "separable" else (3, 5))
    by_stride = numpy_reference.bilinear_resize(
        lowres, 16 * lowres.shape[1], 16 * lowres.shape[2], align_corners=attention == "separable"
    )
    np.testing.assert_allclose(logits, by_stride, atol=1e-4)
    without = build(DeepLabV3, attention, upsampling=None, input_shape=(40, 70, 3))
    assert keras.tree.flatten(without.output)[0] is without.get_layer("classifier").output
    assert without.compute_output_spec(without.input).shape[1:] == lowres.shape[1:]
    enlarged = build(DeepLabV3, attention, input_shape=(40, 70, 3)).get_layer("upsampling")
    assert enlarged.output.shape == (None, 40, 70, CLASSES)


def prediction_with_low_resolution(model):
    """Model of the logits before and after the upsampling."""
    logits = model.output["logits"] if isinstance(model.output, dict) else model.output
    return keras.Model(model.input, [model.get_layer("classifier").output, logits])


@compiles_long
def test_training_returns_both_logits():
    model = build(DeepLabV3, "separable")
    outputs = model(images(1, 32, 48), training=True)
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        "logits": (1, 32, 48, CLASSES),
        "logits_aux": (1, 32, 48, CLASSES),
    }
    assert tuple(model(images(1, 32, 48), training=False).shape) == (1, 32, 48, CLASSES)
    assert model(keras.Input((32, 48, 3))).shape == (None, 32, 48, CLASSES)


def test_prediction_does_without_the_auxiliary_head():
    model = build(DeepLabV3, "separable")
    fill_weights(model)
    before = forward(model, images(1, 32, 32))
    kernel = model.get_layer("aux_conv").conv.kernel
    kernel.assign(kernel * np.nan)
    np.testing.assert_array_equal(forward(model, images(1, 32, 32)), before)


@compiles_long
def test_files_keep_the_auxiliary_head(tmp_path):
    model = build(DeepLabV3, "separable", aux_weight=0.7)
    fill_weights(model)
    model.compile("sgd", cross_entropy(), run_eagerly=True)
    model.save(tmp_path / "model.keras")
    expected = model.evaluate(images(1, 32, 32), masks(1, 32, 32), verbose=0)
    for copy in (keras.saving.load_model(tmp_path / "model.keras"), keras.models.clone_model(model)):
        assert isinstance(copy, Segmenter)
        assert copy.get_layer("aux_output").loss_weight == 0.7
        copy.set_weights(model.get_weights())
        loss = copy.evaluate(images(1, 32, 32), masks(1, 32, 32), verbose=0)
        assert loss == pytest.approx(expected, rel=1e-6)
        copy.fit(images(1, 32, 32), masks(1, 32, 32), verbose=0)


@pytest.mark.once
def test_a_file_of_the_older_format(tmp_path):
    model = build(DeepLabV3, "separable", input_shape=(32, 32, 3))
    fill_weights(model)
    model.save(tmp_path / "model.h5")
    loaded = keras.saving.load_model(tmp_path / "model.h5")
    assert isinstance(loaded, Segmenter)
    np.testing.assert_array_equal(forward(loaded, images(1, 32, 32)), forward(model, images(1, 32, 32)))


@pytest.mark.once
@FAMILIES
def test_defaults_of_the_families(attention):
    model = DeepLabV3(SHALLOW[attention], output_stride=8)
    separable = attention == "separable"
    names = [layer.name for layer in model.layers]
    aspp = model.get_layer("aspp")
    assert (aspp.filters, aspp.atrous_rates) == (512 if separable else 256, (12, 24, 36))
    assert DeepLabV3(SHALLOW[attention], output_stride=32).get_layer("aspp").atrous_rates == (3, 6, 9)
    assert isinstance(model.get_layer("dropout"), keras.layers.SpatialDropout2D)
    assert ("aspp_dropout" in names) != separable
    upsampling = model.get_layer("upsampling")
    assert (upsampling.scale, upsampling.align_corners) == ((None, True) if separable else (8, False))
    if separable:
        assert model.get_layer("aux_conv").filters == 128
        assert model.get_layer("aux_output").align_corners
        bias = keras.ops.convert_to_numpy(model.get_layer("classifier").conv.bias)
        assert np.abs(bias).max() > 0
    psp = PSPNet(SHALLOW[attention]).get_layer("psp")
    assert (psp.filters, psp.branch_filters, psp.pool_sizes) == (512, 16 if separable else 64, (1, 2, 3, 6))


@compiles_long
def test_mixed_precision_keeps_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build(DeepLabV3, "separable")
    assert keras.backend.standardize_dtype(model.output["logits"].dtype) == "float32"
    assert keras.backend.standardize_dtype(model.output["logits_aux"].dtype) == "float32"
    model.compile(keras.optimizers.SGD(0.1), cross_entropy(), run_eagerly=True)
    losses = model.fit(images(2, 32, 32), masks(2, 32, 32), verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert model.predict(images(1, 32, 32), verbose=0).dtype == np.float32


@pytest.mark.once
def test_given_backbone():
    backbone = build_backbone(SHALLOW["separable"], output_stride=8, include_preprocessing=False)
    model = DeepLabV3(backbone, classes=CLASSES, output_stride=8, **SMALL[DeepLabV3])
    assert model.get_layer("stem") is backbone.get_layer("stem")
    assert "rescaling" not in [layer.name for layer in model.layers]
    with pytest.raises(ValueError, match="`output_stride` must match the `backbone`.*with 8. Received: .*=16"):
        DeepLabV3(backbone)


ROWS = ("mobilevitv3_xxs_l2", "mobilevitv3_200", "mobilevit_xs", "mobilevitv2_050", "mobilevitv3_s_unscaled")


@pytest.mark.once
@pytest.mark.parametrize("variant", ROWS)
def test_rows_of_the_table(variant):
    """One of each kind; the profiler's tests build others."""
    model = DeepLabV3(variant, **SMALL[DeepLabV3], input_shape=(32, 32, 3))
    assert model.name == f"deeplabv3_{variant}"
    assert model.get_layer("upsampling").output.shape == (None, 32, 32, 21)


@pytest.mark.once
def test_public_names():
    for function in (DeepLabV3, PSPNet):
        assert getattr(keras_mobilevitv3, function.__name__) is function
        documented = function.__doc__.split("Args:")[1].split("Returns:")[0]
        for argument in inspect.signature(function).parameters:
            assert argument in documented
    assert json.dumps(build(PSPNet, "separable").get_config())


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": 0}, "`classes` must be a positive integer. Received: classes=0"),
        ({"output_stride": 4}, "`output_stride` must be 32, 16 or 8. Received: output_stride=4"),
        ({"atrous_rates": (6, 12)}, r"`atrous_rates` must be three integers. Received: atrous_rates=\(6, 12\)"),
        ({"dropout": 1.0}, r"`dropout` must be in \[0, 1\). Received: dropout=1.0"),
        ({"aux_weight": -0.4}, "`aux_weight` must be a finite number of at least 0. Received: aux_weight=-0.4"),
        ({"upsampling": "bilinear"}, "`upsampling` must be 'input', 'stride' or None. Received: upsampling='bilinear'"),
        ({"weights": "ade20k"}, "`classes` must be 150 with `weights='ade20k'`. Received: classes=5"),
        ({"weights": "imagenet"}, "`weights` must be None .*'ade20k', 'pascal_voc'.*Received: weights='imagenet'"),
        ({"input_shape": (31, 64, 3)}, "`input_shape` must be of shape"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(DeepLabV3, "separable", **arguments)


@pytest.mark.once
def test_bad_backbone():
    message = "`backbone` must be an id of the table, a `BackboneConfig`, or a model of `build_backbone`. Received: "
    for backbone in (build_classifier(SHALLOW["separable"], weights=None, classes=2), 5, None):
        with pytest.raises(ValueError, match=message):
            DeepLabV3(backbone)
    with pytest.raises(ValueError, match="`backbone` must be a `BackboneConfig` or one of"):
        DeepLabV3("resnet50")


@pytest.mark.once
def test_pspnet_on_a_map_smaller_than_its_pool_sizes():
    with pytest.raises(ValueError, match="must not be smaller than any of `pool_sizes=.*`; take larger images"):
        PSPNet(SHALLOW["multi_head"], input_shape=(80, 80, 3))
    PSPNet(SHALLOW["multi_head"], input_shape=(81, 81, 3))


@pytest.mark.once
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((1, 16, 32), "int32"), r"Masks must have the size of the logits, \(batch, 32, 32\)"),
        (np.zeros((1, 32), "int32"), "Masks must have the size of the logits"),
        (np.zeros((1, 32, 32, 3), "int32"), "Masks must have the size of the logits"),
        (np.full((1, 32, 32), CLASSES, "uint8"), r"Masks must hold labels from 0 to 4.*labels \[5\], ignore_class=255"),
        (np.full((1, 32, 32), -1), r"Masks must hold labels from 0 to 4.*labels \[-1\]"),
        (np.full((1, 32, 32), 0.5, "float32"), r"Masks must hold labels from 0 to 4.*labels \[0.5\]"),
    ],
)
def test_bad_masks(labels, message):
    model = build(DeepLabV3, "separable", input_shape=(32, 32, 3))
    model.compile("sgd", cross_entropy())
    good = np.zeros((1, 32, 32), "int32")
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message):
            method(images(1, 32, 32), labels, verbose=0)
    with pytest.raises(ValueError, match=message):
        model.fit(images(1, 32, 32), good, validation_data=(images(1, 32, 32), labels), verbose=0)


@pytest.mark.once
@pytest.mark.parametrize(
    ("labels", "received"),
    [
        (np.full((1, 32, 32), 255, "uint8"), r"\[255\]"),
        (np.full((1, 32, 32, 1), -1), r"\[-1\]"),
        (np.full((1, 32, 32), np.nan, "float32"), r"\[nan\]"),
    ],
)
def test_bad_masks_of_one_class(labels, received):
    model = build(DeepLabV3, "separable", classes=1, input_shape=(32, 32, 3))
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    message = f"Masks of one class must hold 0 for the background and 1 for the foreground;.* Received: {received}"
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=message):
            method(images(1, 32, 32), labels, verbose=0)
