"""What PyTorch itself makes of the networks, and calls without images."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, PSPNet, SSDLite
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW, TINY, tiny_classifier

SIZE = (72, 104)  # odd maps in the later stages
SMALL = {"classes": 4, "input_shape": (*SIZE, 3)}
NETWORKS = {
    "multi_head": lambda: tiny_classifier("multi_head", input_shape=(*SIZE, 3)),
    "separable": lambda: tiny_classifier("separable", input_shape=(*SIZE, 3)),
    "deeplabv3 multi_head": lambda: DeepLabV3(SHALLOW["multi_head"], aspp_filters=6, **SMALL),
    "deeplabv3 separable": lambda: DeepLabV3(SHALLOW["separable"], aspp_filters=6, **SMALL),
    "pspnet separable": lambda: PSPNet(SHALLOW["separable"], psp_filters=6, pool_sizes=(1, 2), **SMALL),
    "ssdlite separable": lambda: SSDLite(TINY["separable"], **SMALL),
    "ssdlite multi_head": lambda: SSDLite(SHALLOW["multi_head"], **SMALL),
}

# To fail where classifiers of both families do not: the heads have no operation that those lack.
LESS_LIKELY = tuple(name for name in NETWORKS if " " in name)


@pytest.mark.backend("torch")
@pytest.mark.parametrize(
    "network",
    [pytest.param(name, marks=pytest.mark.release if name in LESS_LIKELY else ()) for name in NETWORKS],
)
def test_exported_program_gives_the_same_numbers(network):
    import torch

    model = NETWORKS[network]()
    fill_weights(model)
    images = torch.from_numpy(uniform("torch_export/images", (2, *SIZE, 3), 0.0, 255.0).astype("float32"))
    with torch.no_grad():
        program = torch.export.export(model, (images,), strict=False)
        found, expected = program.module()(images), model(images)
    for one, other in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-5 * float(other.abs().max()))


@pytest.mark.backend("tensorflow", "torch")  # JAX compiles each operation
@pytest.mark.parametrize("network", ["multi_head", "separable"])
def test_no_images(network):
    assert tuple(NETWORKS[network]()(np.zeros((0, *SIZE, 3), "float32")).shape) == (0, 5)


@pytest.mark.once
def test_no_images_for_a_segmenter_and_a_detector():
    empty = np.zeros((0, *SIZE, 3), "float32")
    assert tuple(NETWORKS["deeplabv3 separable"]()(empty).shape) == (0, *SIZE, 4)
    outputs = NETWORKS["ssdlite separable"]()(empty)
    assert {key: values.shape[0] for key, values in outputs.items()} == {"class_logits": 0, "box_regressions": 0}


@pytest.mark.backend("torch")
def test_jit_compile_warns_and_runs_eagerly():
    model = tiny_classifier("separable", input_shape=(32, 32, 3))
    with pytest.warns(UserWarning, match="jit_compile"):
        model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=True)
    assert model.jit_compile is False
    assert np.isfinite(model.train_on_batch(np.zeros((2, 32, 32, 3)), np.zeros(2)))


@pytest.mark.backend("torch")
def test_a_plain_loop_of_pytorch():
    """As docs/faq.md has it: only parameters that are not frozen learn, and batch norms follow the batches."""
    import torch

    model = tiny_classifier("multi_head", input_shape=(32, 32, 3), classifier_activation=None)
    model.get_layer("stem").trainable = False
    before = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}
    images = torch.from_numpy(uniform("torch_loop/images", (4, 32, 32, 3), 0.0, 255.0).astype("float32"))
    labels, losses = torch.tensor([0, 1, 2, 0]), []
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.01)
    for _ in range(4):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images, training=True), labels)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    moved = {
        weight.path
        for weight in model.weights
        if np.abs(keras.ops.convert_to_numpy(weight) - before[weight.path]).max() > 0
    }
    assert not any(path.startswith("stem/") for path in moved)
    assert {weight.path for weight in model.trainable_weights} - moved == set()
    assert any(path.endswith("/moving_mean") for path in moved)
