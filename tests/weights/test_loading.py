import json
import pickle
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import build_backbone, build_classifier, export_checkpoint, load_checkpoint
from keras_mobilevitv3.weights import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from keras_mobilevitv3.weights.file_formats.writers import write_state_dict
from keras_mobilevitv3.weights.official_names.official_tensors import official_tensors
from tests.reference_arrays import image, official_parameter, paddle_parameter
from tests.tiny_networks import SHALLOW, tiny_classifier
from tests.weights.saved_classifiers import FAMILIES

DATA = Path(__file__).parents[1] / "data"
PHOTO = np.random.default_rng(0).uniform(0, 255, (1, 32, 48, 3)).astype("float32")


def arrays(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


def first_kernel(model):
    return keras.ops.convert_to_numpy(official_tensors(model)["conv_1.block.conv.weight"].variable)


@pytest.mark.parametrize("size", [(2, 256, 256), pytest.param((1, 256, 384), marks=pytest.mark.once)], ids=str)
class TestPaddle:
    """Files in the format of PaddleClas, against the logits of PaddlePaddle's own networks."""

    LOGITS = np.load(DATA / "paddle.npz")

    def check(self, variant, path, size):
        model = build_classifier(variant, weights=path, classifier_activation=None)
        logits = model.predict(255 * image(*size), verbose=0)
        expected = self.LOGITS[f"{variant}/{'x'.join(map(str, size))}/logits"]
        np.testing.assert_allclose(logits, expected, atol=2e-5)

    def test_a_file_that_paddlepaddle_wrote(self, size):
        self.check("mobilevitv3_xxs_l2", DATA / "mobilevitv3_xxs_l2.synthetic.pdparams", size)

    def test_the_linear_family(self, tmp_path, size):
        shapes = json.loads((DATA / "state_dicts_paddle.json").read_text())["mobilevitv3_050"]
        path = tmp_path / "mobilevitv3_050.pdparams"
        tensors = {name: paddle_parameter(name, shape) for name, shape in shapes.items()}
        path.write_bytes(pickle.dumps({**tensors, "StructuredToParameterName@@": {}}, protocol=4))
        self.check("mobilevitv3_050", path, size)


@pytest.mark.parametrize(
    ("attention", "suffix"),
    [*product(FAMILIES, (".pt", ".safetensors")), ("multi_head", ".weights.h5"), ("separable", ".keras")],
)
def test_there_and_back_is_exact(saved, attention, suffix):
    model = tiny_classifier(attention)
    report = load_checkpoint(model, saved.file(attention, suffix))
    assert len(report.loaded) == len(model.weights) and report.skipped == ()
    for array, expected in zip(arrays(model), arrays(saved.models[attention]), strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.once
@pytest.mark.parametrize("attention", FAMILIES)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_generated_checkpoint_is_exported_as_it_came(saved, tmp_path, attention, suffix):
    shapes = {name: array.shape for name, array in read_state_dict(saved.file(attention, ".pt")).items()}
    tensors = {name: official_parameter(name, shape) for name, shape in shapes.items()}
    model = tiny_classifier(attention)
    load_checkpoint(model, write_state_dict(tensors, tmp_path / f"in{suffix}"))
    exported = read_state_dict(export_checkpoint(model, tmp_path / f"out{suffix}"))
    assert list(exported) == (list(tensors) if suffix == ".pt" else sorted(tensors))  # safetensors loses the order
    for name, array in tensors.items():
        np.testing.assert_array_equal(exported[name], array)


def rgb_file(model, suffix, folder):
    """A file of the model whose first convolution takes RGB, which does not say so."""
    path = export_checkpoint(model, folder / "rgb.pt", channel_order="rgb")
    if suffix == ".safetensors":
        return write_state_dict(read_state_dict(path), folder / "rgb.safetensors")
    return path.rename(folder / f"rgb{suffix}")


@pytest.mark.once
@pytest.mark.parametrize(
    ("attention", "suffix", "channel_order", "flipped"),
    [
        ("multi_head", ".pt", None, True),
        ("multi_head", ".pth", None, True),
        ("multi_head", ".safetensors", None, True),
        ("multi_head", ".pt", "rgb", False),
        ("multi_head", ".pt", "bgr", True),
        ("separable", ".pt", None, False),
        ("separable", ".safetensors", "bgr", True),
        ("separable", ".pt", "rgb", False),
    ],
)
def test_channel_order(saved, tmp_path, attention, suffix, channel_order, flipped):
    source, model = saved.models[attention], tiny_classifier(attention)
    load_checkpoint(model, rgb_file(source, suffix, tmp_path), channel_order=channel_order)
    kernel, expected = first_kernel(model), first_kernel(source)
    np.testing.assert_array_equal(kernel, expected[:, :, ::-1] if flipped else expected)
    assert (kernel != kernel[:, :, ::-1]).any()
    same = [np.array_equal(one, other) for one, other in zip(arrays(model), arrays(source), strict=True)]
    assert same.count(False) == flipped


def test_photographs_of_the_other_channel_order(saved, tmp_path):
    source, model = saved.models["multi_head"], tiny_classifier("multi_head")
    load_checkpoint(model, rgb_file(source, ".pt", tmp_path), channel_order="bgr")
    flipped = model.predict(PHOTO[..., ::-1], verbose=0)
    np.testing.assert_allclose(flipped, source.predict(PHOTO, verbose=0), atol=1e-6)
    assert np.ptp(model.predict(PHOTO, verbose=0) - flipped) > 1e-6


@pytest.mark.once
def test_paddle_files_are_rgb():
    path = DATA / "mobilevitv3_xxs_l2.synthetic.pdparams"
    model = keras_mobilevitv3.MobileViTV3XXSL2(weights=path)
    expected = paddle_parameter("conv_1.conv.weight", (16, 3, 3, 3)).transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(first_kernel(model), expected)
    load_checkpoint(model, path, channel_order="bgr")
    np.testing.assert_array_equal(first_kernel(model), expected[:, :, ::-1])


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "suffix", "attention"),
    [
        ("classes", ".pt", "multi_head"),
        pytest.param("classes", ".weights.h5", "separable", marks=pytest.mark.release),
        ("classes", ".keras", "multi_head"),
        ("notop", ".pt", "separable"),
        pytest.param("notop", ".weights.h5", "multi_head", marks=pytest.mark.release),
        pytest.param("backbone", ".pt", "multi_head", marks=pytest.mark.release),
        ("backbone", ".weights.h5", "separable"),
    ],
)
def test_a_classifier_goes_into_another_head_with_a_word_about_it(saved, kind, suffix, attention):
    path, config = saved.file(attention, suffix), SHALLOW[attention]
    with pytest.warns(UserWarning, match=f"Not loaded from .*{attention}") as warned:
        if kind == "classes":
            model = build_classifier(config, weights=path, classes=3)
        elif kind == "notop":
            model = build_classifier(config, weights=path, include_top=False)
        else:
            model = build_backbone(config, weights=path, output_stride=16)
    classifier = "classifier." if suffix == ".pt" else "predictions/"
    (message,) = [str(warning.message) for warning in warned if "Not loaded" in str(warning.message)]
    assert message.count(classifier) == 2
    expected = {weight.path: keras.ops.convert_to_numpy(weight) for weight in saved.models[attention].weights}
    for weight in model.weights:
        if not weight.path.startswith("predictions"):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), expected[weight.path])


@pytest.mark.once
def test_a_checkpoint_of_another_network_changes_nothing(saved):
    model = tiny_classifier("multi_head")
    before = arrays(model)
    with pytest.raises(CheckpointError, match="does not fit the model; nothing was loaded") as error:
        load_checkpoint(model, saved.file("separable", ".pt"))
    assert "layer_3.1.local_rep.conv_3x3.block.conv.weight" in str(error.value)  # of the model
    assert "layer_3.1.local_rep.0.block.conv.weight" in str(error.value)  # of the file
    for array, expected in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(array, expected)
