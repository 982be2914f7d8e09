import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.training.augment.draws import photo
from tests.training.sources.image_files import decoded, encode
from training.sources.tfds import TFDSSource

tfds = pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")
TRAIN, VALIDATION = 50, 6


class Photographs(tfds.core.GeneratorBasedBuilder):
    """Photographs, each shifted otherwise."""

    VERSION = tfds.core.Version("1.0.0")
    code_path = Path(__file__)  # to find it, TensorFlow Datasets needs `importlib_resources`, which it does not install

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
            "label": tfds.features.ClassLabel(names=["china", "flower"]),
            "number": np.int64,
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(0, TRAIN), "validation": self._generate_examples(100, VALIDATION)}

    def _generate_examples(self, first, count):
        for number in range(first, first + count):
            yield number, {"image": picture(number), "label": number % 2, "number": number}


class NoLabels(tfds.core.GeneratorBasedBuilder):
    """Numbers only."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict({"number": np.int64}))

    def _split_generators(self, dl_manager):
        return {}

    def _generate_examples(self):
        yield from ()


def picture(number):
    return np.roll(photo(40, 50, ("china.jpg", "flower.jpg")[number % 2]), 2 * number, axis=1)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A data set prepared by TensorFlow Datasets itself, five files to train on."""
    folder = tmp_path_factory.mktemp("tfds")
    config = tfds.download.DownloadConfig(num_shards=5, try_download_gcs=False)
    Photographs(data_dir=folder, file_format="array_record").download_and_prepare(download_config=config)
    return folder


def test_samples(data_dir):
    source = TFDSSource("photographs", "validation", data_dir)
    assert len(source) == VALIDATION
    assert source.class_names == ("china", "flower")
    originals = [encode_as_tfds(picture(100 + number)) for number in range(VALIDATION)]
    found = []
    for reference in source.references():
        image, label = source.load(reference)
        errors = [np.abs(image.astype(int) - original).mean() for original in originals]
        assert min(errors) < 3
        found.append(int(np.argmin(errors)))
        assert found[-1] % 2 == label
    assert sorted(found) == list(range(VALIDATION))
    assert source.name(3) == "photographs validation 3"


def test_other_processes_open_files_of_their_own(data_dir):
    source = TFDSSource("photographs", "train", data_dir)
    copy = pickle.loads(pickle.dumps(source))
    np.testing.assert_array_equal(copy.load(7)[0], source.load(7)[0])


def encode_as_tfds(image):
    return decoded(encode(image, quality=95)).astype(int)


@pytest.mark.parametrize(("split", "count"), [("train[10:33]", 23), ("train[:20%]+validation", 16)])
def test_part_of_a_split(data_dir, split, count):
    source = TFDSSource("photographs", split, data_dir)
    assert len(source) == count
    assert len({source.load(reference)[0].tobytes() for reference in source.references()}) == count


def test_unknown_split(data_dir):
    with pytest.raises(ValueError, match=r"`split` must be one of \['train', 'validation'\].* Received: 'test'"):
        TFDSSource("photographs", "test", data_dir)


def test_not_prepared(tmp_path):
    with pytest.raises(FileNotFoundError, match="'photographs/1.0.0' must be prepared first"):
        TFDSSource("photographs", "train", tmp_path)


def test_files_without_random_access(tmp_path):
    Photographs(data_dir=tmp_path, file_format="tfrecord").download_and_prepare()
    with pytest.raises(
        FileNotFoundError, match="prepared for random access, with `tfds build photographs --file_format"
    ):
        TFDSSource("photographs", "train", tmp_path)


def test_no_images(tmp_path):
    with pytest.raises(ValueError, match="must have a feature `image`, a `tfds.features.Image`. Received: 'no_labels"):
        TFDSSource("no_labels", "train", tmp_path)
