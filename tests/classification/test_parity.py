"""The classifiers against outputs of the official networks; `tests/reference_arrays.py` draws their parameters."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3 import VARIANTS
from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.weights.official_names.official_tensors import official_tensors
from keras_mobilevitv3.weights.tensor_layouts import from_keras
from tests.gradients import loss_and_gradients
from tests.official_parameters import assign_official_parameters
from tests.reference_arrays import TRAIN_LABELS, image

DATA = Path(__file__).parent.parent / "data"
LAYOUTS = json.loads((DATA / "classification.json").read_text())
ARRAYS = np.load(DATA / "classification.npz")
SIZES = [(2, 256, 256), (1, 224, 320), (1, 200, 232)]
TRAINED = [variant for variant in LAYOUTS if "train_grad_norm" in LAYOUTS[variant]]
EVERY_SIZE = ("mobilevitv3_xxs", "mobilevitv3_050")  # the smallest network of each family; the others have one size
COMPILED = pytest.mark.release("jax", "tensorflow")  # which compile for each size


def _marks(variant, size):
    if variant not in EVERY_SIZE:
        return COMPILED
    return COMPILED if size == (1, 224, 320) else ()


PREDICTED = [
    pytest.param(variant, size, marks=_marks(variant, size))
    for number, variant in enumerate(LAYOUTS)
    for size in (SIZES if variant in EVERY_SIZE else [SIZES[number % 3]])
]
NO_DROPOUT = {"dropout": 0.0, "attention_dropout": 0.0, "ffn_dropout": 0.0, "classifier_dropout": 0.0}
TOLERANCE = 2e-5


def taps(model, variant):
    """The model with the outputs of the stem and of the stages beside the logits."""
    last = [blocks - 1 for blocks in VARIANTS[variant].num_blocks] + [1, 1, 1]
    names = {f"p{stage}": f"stage{stage}_block{block}" for stage, block in enumerate(last, start=1)}
    outputs = {key: model.get_layer(name).output for key, name in {"stem": "stem", **names}.items()}
    return keras.Model(model.input, {**outputs, "logits": model.output})


@pytest.fixture(scope="module")
def variant(request):
    return request.param


@pytest.fixture(scope="module")
def model(variant):
    model = build_classifier(variant, weights=None, classifier_activation=None, include_preprocessing=False)
    assign_official_parameters(model, LAYOUTS[variant]["state_dict"])
    return taps(model, variant)


def check_outputs(outputs, variant, size):
    prefix = f"{variant}/{'x'.join(map(str, size))}"
    for name, output in outputs.items():
        output = ops.convert_to_numpy(output)
        if name == "logits":
            expected = ARRAYS[f"{prefix}/logits"]
        else:
            assert output.shape == tuple(ARRAYS[f"{prefix}/{name}/shape"]), name
            output = output.ravel()[:: max(1, output.size // 257)][:257]
            expected = ARRAYS[f"{prefix}/{name}/sample"]
        np.testing.assert_allclose(output, expected, rtol=0, atol=TOLERANCE, err_msg=f"{prefix}/{name}")


@pytest.mark.once
@pytest.mark.parametrize("variant", LAYOUTS, indirect=True)
def test_state_dict(model, variant):
    tensors = official_tensors(keras.Model(model.input, model.output["logits"]))
    shapes = {
        key: list(from_keras(ops.convert_to_numpy(tensor.variable), tensor.layout).shape)
        for key, tensor in tensors.items()
    }
    assert shapes == LAYOUTS[variant]["state_dict"]
    trainable = sum(np.prod(tensor.variable.shape) for tensor in tensors.values() if tensor.variable.trainable)
    assert trainable == LAYOUTS[variant]["params"]


@pytest.mark.parametrize(
    ("variant", "size"),
    PREDICTED,
    indirect=["variant"],
    ids=lambda part: part if isinstance(part, str) else "x".join(map(str, part)),
)
def test_predict(model, variant, size):
    if keras.backend.backend() == "tensorflow" and variant not in EVERY_SIZE:  # which spares it making a graph
        outputs = model(image(*size), training=False)
    else:
        outputs = model.predict(image(*size), verbose=0)
    check_outputs(outputs, variant, size)


# JAX compiles each operation of an eager call, for ten seconds a network.
@pytest.mark.release("jax")
@pytest.mark.parametrize("variant", EVERY_SIZE, indirect=True)
def test_eager(model, variant):
    size = SIZES[2]
    check_outputs(model(image(*size), training=False), variant, size)


def smoothed_cross_entropy(labels, smoothing=0.1):
    """Mean cross entropy of logits; each class has `smoothing / classes` of the target."""

    def loss(logits):
        targets = ops.one_hot(np.array(labels), 1000) * (1 - smoothing) + smoothing / 1000
        return -ops.mean(ops.sum(targets * ops.log_softmax(logits, axis=-1), axis=-1))

    return loss


@pytest.mark.parametrize(
    "variant",
    # JAX compiles each for 10 s.
    [
        name if name == EVERY_SIZE[0] else pytest.param(name, marks=pytest.mark.release("jax", "tensorflow"))
        for name in TRAINED
    ],
)
def test_training_step(variant):
    config = replace(VARIANTS[variant], **NO_DROPOUT)
    model = build_classifier(config, weights=None, classifier_activation=None, include_preprocessing=False)
    layout = LAYOUTS[variant]
    assign_official_parameters(model, layout["state_dict"])
    loss, gradients = loss_and_gradients(model, image(4, 128, 128), smoothed_cross_entropy(TRAIN_LABELS))
    np.testing.assert_allclose(loss, ARRAYS[f"{variant}/train_4x128x128/loss"], rtol=1e-5)

    norms = {variable.path: np.linalg.norm(g) for variable, g in zip(model.trainable_variables, gradients, strict=True)}
    tensors = official_tensors(model)
    assert len(norms) == len(layout["train_grad_norm"])
    for key, expected in layout["train_grad_norm"].items():
        np.testing.assert_allclose(norms[tensors[key].variable.path], expected, rtol=1e-3, atol=5e-6, err_msg=key)
    for key, expected in layout["train_running_mean_mean"].items():
        statistic = ops.convert_to_numpy(tensors[key].variable)
        np.testing.assert_allclose(statistic.mean(), expected, rtol=0, atol=1e-6, err_msg=key)
