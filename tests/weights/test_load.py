import json
import pickle
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import build_backbone, build_classifier, export_checkpoint, load_checkpoint
from keras_mobilevitv3.weights import CheckpointError
from keras_mobilevitv3.weights.name_maps import attention_of, official_tensors
from keras_mobilevitv3.weights.readers import read_state_dict
from keras_mobilevitv3.weights.writers import write_state_dict
from tests.reference_arrays import image, official_parameter, paddle_parameter
from tests.tiny_networks import TINY, tiny_classifier

DATA = Path(__file__).parents[1] / "data"
FAMILIES = ("multi_head", "separable")
PHOTO = np.random.default_rng(0).uniform(0, 255, (1, 32, 48, 3)).astype("float32")


@pytest.fixture(scope="module", params=FAMILIES)
def source(request):
    return tiny_classifier(request.param)


def write(model, path):
    if path.suffix == ".keras":
        model.save(path)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        assert export_checkpoint(model, path) == path


def arrays(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


def assert_same(model, source):
    for array, expected in zip(arrays(model), arrays(source), strict=True):
        np.testing.assert_array_equal(array, expected)


class TestPaddle:
    """Files in the format of PaddleClas, against the logits of PaddlePaddle's own networks."""

    LOGITS = np.load(DATA / "paddle.npz")
    SIZES = ((2, 256, 256), (1, 256, 384))

    def check(self, variant, path):
        model = build_classifier(variant, weights=path, classifier_activation=None)
        for size in self.SIZES:
            logits = model.predict(255 * image(*size), verbose=0)
            expected = self.LOGITS[f"{variant}/{'x'.join(map(str, size))}/logits"]
            np.testing.assert_allclose(logits, expected, atol=2e-5)

    def test_a_file_that_paddlepaddle_wrote(self):
        self.check("mobilevitv3_xxs_l2", DATA / "mobilevitv3_xxs_l2.synthetic.pdparams")

    def test_the_linear_family(self, tmp_path):
        shapes = json.loads((DATA / "state_dicts_paddle.json").read_text())["mobilevitv3_050"]
        path = tmp_path / "mobilevitv3_050.pdparams"
        tensors = {name: paddle_parameter(name, shape) for name, shape in shapes.items()}
        path.write_bytes(pickle.dumps({**tensors, "StructuredToParameterName@@": {}}, protocol=4))
        self.check("mobilevitv3_050", path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".weights.h5", ".keras"])
def test_there_and_back_is_exact(source, tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    write(source, path)
    model = tiny_classifier(attention_of(source))
    report = load_checkpoint(model, path)
    assert len(report.loaded) == len(model.weights) and report.skipped == ()
    assert_same(model, source)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_generated_checkpoint_is_exported_as_it_came(source, tmp_path, suffix):
    shapes = {
        name: array.shape for name, array in read_state_dict(export_checkpoint(source, tmp_path / "s.pt")).items()
    }
    tensors = {name: official_parameter(name, shape) for name, shape in shapes.items()}
    model = tiny_classifier(attention_of(source))
    load_checkpoint(model, write_state_dict(tensors, tmp_path / f"in{suffix}"))
    exported = read_state_dict(export_checkpoint(model, tmp_path / f"out{suffix}"))
    assert list(exported) == list(tensors)
    for name, array in tensors.items():
        np.testing.assert_array_equal(exported[name], array)


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
def test_channel_order(tmp_path, attention, suffix, channel_order, flipped):
    source = tiny_classifier(attention)
    path = export_checkpoint(source, tmp_path / "rgb.pt", channel_order="rgb")
    if suffix != ".pt":
        tensors = read_state_dict(path)
        path = tmp_path / f"rgb{suffix}"
        if suffix == ".safetensors":
            write_state_dict(tensors, path)
        else:
            (tmp_path / "rgb.pt").rename(path)
    model = tiny_classifier(attention)
    load_checkpoint(model, path, channel_order=channel_order)
    photo = PHOTO[..., ::-1] if flipped else PHOTO
    np.testing.assert_allclose(model.predict(photo, verbose=0), source.predict(PHOTO, verbose=0), atol=1e-6)
    assert np.ptp(model.predict(PHOTO, verbose=0) - model.predict(PHOTO[..., ::-1], verbose=0)) > 1e-6


def test_paddle_files_are_rgb():
    path = DATA / "mobilevitv3_xxs_l2.synthetic.pdparams"
    model = keras_mobilevitv3.MobileViTV3XXSL2(weights=path)
    kernel = keras.ops.convert_to_numpy(official_tensors(model)["conv_1.block.conv.weight"].variable)
    expected = paddle_parameter("conv_1.conv.weight", (16, 3, 3, 3)).transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(kernel, expected)
    load_checkpoint(model, path, channel_order="bgr")
    kernel = keras.ops.convert_to_numpy(official_tensors(model)["conv_1.block.conv.weight"].variable)
    np.testing.assert_array_equal(kernel, expected[:, :, ::-1])


@pytest.mark.parametrize("suffix", [".pt", ".weights.h5", ".keras"])
@pytest.mark.parametrize("kind", ["classes", "notop", "backbone"])
def test_a_classifier_goes_into_another_head_with_a_word_about_it(source, tmp_path, suffix, kind):
    path = tmp_path / f"model{suffix}"
    write(source, path)
    config = TINY[attention_of(source)]
    with pytest.warns(UserWarning, match="Not loaded from .*model") as warned:
        if kind == "classes":
            model = build_classifier(config, weights=path, classes=3)
        elif kind == "notop":
            model = build_classifier(config, weights=path, include_top=False)
        else:
            model = build_backbone(config, weights=path, output_stride=16)
    classifier = "classifier." if suffix == ".pt" else "predictions/"
    (message,) = [str(warning.message) for warning in warned if "Not loaded" in str(warning.message)]
    assert message.count(classifier) == 2
    expected = {weight.path: keras.ops.convert_to_numpy(weight) for weight in source.weights}
    for weight in model.weights:
        if not weight.path.startswith("predictions"):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), expected[weight.path])


def test_a_checkpoint_of_another_network_changes_nothing(tmp_path):
    path = export_checkpoint(tiny_classifier("separable"), tmp_path / "separable.pt")
    model = tiny_classifier("multi_head")
    before = arrays(model)
    with pytest.raises(CheckpointError, match="does not fit the model; nothing was loaded") as error:
        load_checkpoint(model, path)
    assert "layer_3.1.local_rep.conv_3x3.block.conv.weight" in str(error.value)  # of the model
    assert "layer_3.1.local_rep.0.block.conv.weight" in str(error.value)  # of the file
    for array, expected in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("name", "channel_order", "error", "message"),
    [
        ("missing.pt", None, FileNotFoundError, "missing.pt"),
        ("weights.npz", None, ValueError, r"must end in .weights.h5, .keras, .pt.*weights.npz"),
        ("a.pt", "rbg", ValueError, "`channel_order` must be None, 'rgb' or 'bgr'. Received: channel_order='rbg'"),
        ("a.weights.h5", "bgr", ValueError, "must be None or 'rgb' for a file of Keras"),
    ],
)
def test_bad_arguments(source, tmp_path, name, channel_order, error, message):
    (tmp_path / "a.weights.h5").touch()
    with pytest.raises(error, match=message):
        load_checkpoint(source, tmp_path / name, channel_order=channel_order)


def test_bad_arguments_of_export(source, tmp_path):
    with pytest.raises(ValueError, match="channel_order"):
        export_checkpoint(source, tmp_path / "a.pt", channel_order="gbr")
    with pytest.raises(ValueError, match="suffix must be one of .pt, .safetensors"):
        export_checkpoint(source, tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("weights", ["imagenet21k", "/nowhere/weights.pt", 3])
@pytest.mark.parametrize(
    "build", [keras_mobilevitv3.MobileViTV3S, lambda **kwargs: build_backbone("mobilevit_s", **kwargs)]
)
def test_bad_weights_argument(weights, build):
    with pytest.raises(ValueError, match="`weights` must be None .random., 'imagenet', or the path of an existing"):
        build(weights=weights)


def test_weights_argument_of_another_suffix(tmp_path):
    (tmp_path / "weights.bin").touch()
    with pytest.raises(ValueError, match=r"must end in .*weights\.bin"):
        keras_mobilevitv3.MobileViTV3S(weights=tmp_path / "weights.bin")


def test_imagenet_needs_published_weights():
    with pytest.raises(ValueError, match="mobilevitv3_200"):
        keras_mobilevitv3.MobileViTV3_200(weights="imagenet")
    with pytest.raises(ValueError, match="for the ids of the table. Received: BackboneConfig"):
        build_classifier(TINY["separable"], weights="imagenet")
