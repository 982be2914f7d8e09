"""`weights="imagenet"` of a small network, whose checkpoint a local server has."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_backbone, build_classifier, export_checkpoint
from keras_mobilevitv3.backbones.variants import VARIANTS
from keras_mobilevitv3.weights import CheckpointError, DownloadError
from keras_mobilevitv3.weights.hub import catalogue as pretrained
from keras_mobilevitv3.weights.hub.catalogue import PretrainedWeights
from tests.tiny_networks import SHALLOW
from tests.weights.local_server import Page, closed_address

pytestmark = pytest.mark.once


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home/models/keras_mobilevitv3"


@pytest.fixture
def publish(monkeypatch):
    """Puts a network "tiny" into the table, with its weights at an address."""

    def at(url):
        row = PretrainedWeights("tiny", "pt", "bgr", 50.0, "micron", url=f"{url}/tiny.pt")
        monkeypatch.setattr(pretrained, "PRETRAINED", (row,))
        monkeypatch.setitem(VARIANTS, "tiny", SHALLOW["multi_head"])

    return at


@pytest.fixture(scope="module")
def source():
    return build_classifier(SHALLOW["multi_head"], weights=None)


@pytest.fixture
def published(source, server, publish, cache, tmp_path):
    """The network that the server has the weights of."""
    server.pages["/tiny.pt"] = Page(export_checkpoint(source, tmp_path / "tiny.pt").read_bytes())
    publish(server.url)
    return source


def assert_same(model, source):
    expected = {weight.path: keras.ops.convert_to_numpy(weight) for weight in source.weights}
    for weight in model.weights:
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), expected[weight.path])


def test_downloaded_and_converted_once(published, server, cache, recwarn):
    assert_same(build_classifier("tiny", weights="imagenet"), published)
    assert {path.name for path in cache.iterdir()} == {"tiny.pt", "tiny.pt.lock", "tiny_imagenet.weights.h5"}
    (cache / "tiny.pt").unlink()  # from here on the converted file serves
    assert_same(build_classifier("tiny", weights="imagenet"), published)
    assert len(server.requests) == 1
    assert not [warning for warning in recwarn if "Not loaded" in str(warning.message)]


def test_each_kind_of_model_has_its_converted_file(published, server, cache):
    for _ in range(2):
        assert_same(build_classifier("tiny", weights="imagenet", include_top=False), published)
        assert_same(build_backbone("tiny", weights="imagenet", output_stride=8), published)
    assert {path.name for path in cache.glob("*.h5")} == {
        "tiny_imagenet_notop.weights.h5",
        "tiny_imagenet_backbone.weights.h5",
    }
    assert len(server.requests) == 1


def test_a_converted_file_that_does_not_fit_is_made_again(published, cache):
    build_classifier("tiny", weights="imagenet")
    (cache / "tiny_imagenet.weights.h5").write_bytes(b"from another version")
    for _ in range(2):
        assert_same(build_classifier("tiny", weights="imagenet"), published)


def test_a_damaged_download_is_not_kept(published, server, cache):
    whole = server.pages["/tiny.pt"]
    server.pages["/tiny.pt"] = Page(whole.data[:-1000])
    with pytest.raises(CheckpointError, match="tiny.pt"):
        build_classifier("tiny", weights="imagenet")
    assert [path.name for path in cache.iterdir()] == ["tiny.pt.lock"]
    server.pages["/tiny.pt"] = whole
    assert_same(build_classifier("tiny", weights="imagenet"), published)


def test_without_a_network(publish, cache, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    address = closed_address()
    publish(address)
    with pytest.raises(DownloadError) as error:
        build_classifier("tiny", weights="imagenet")
    message = str(error.value)
    assert f"{address}/tiny.pt" in message and str(cache) in message and 'weights="/path/to/file"' in message
    assert [path.name for path in cache.iterdir()] == ["tiny.pt.lock"]
