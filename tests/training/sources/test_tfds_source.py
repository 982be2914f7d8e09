from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import photo
from tests.training.sources.image_files import decoded, encode
from training.data.config import DataConfig
from training.data.evaluation import evaluation_dataset
from training.data.pipeline import build_epoch
from training.data.tfds_source import TFDSSource

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
    Photographs(data_dir=folder).download_and_prepare(download_config=config)
    return folder


def names(source, *arguments):
    return [sample["name"].numpy().decode() for sample in source.references(*arguments)]


def test_names_and_encoded_images(data_dir):
    source = TFDSSource("photographs", "validation", data_dir)
    assert len(source) == VALIDATION
    assert source.class_names == ("china", "flower")
    originals = [encode_as_tfds(picture(100 + number)) for number in range(VALIDATION)]
    for sample in source.references():
        data = source.load(sample).numpy()
        assert isinstance(data, bytes)
        errors = [np.abs(decoded(data).astype(int) - original).mean() for original in originals]
        assert min(errors) < 3
        assert int(np.argmin(errors)) % 2 == int(sample["label"])


def encode_as_tfds(image):
    return decoded(encode(image, quality=95)).astype(int)


def test_order_of_an_epoch(data_dir):
    source = TFDSSource("photographs", "train", data_dir, shuffled_together=16)
    in_order = names(source)
    assert len(set(in_order)) == len(in_order) == TRAIN
    epochs = [names(source, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    for order in epochs:
        assert order != in_order
        assert sorted(order) == sorted(in_order)
    assert len({tuple(order) for order in epochs}) == 4
    assert names(TFDSSource("photographs", "train", data_dir, shuffled_together=16), 1, 1) == epochs[3]


@pytest.mark.parametrize(("split", "count"), [("train[10:33]", 23), ("train[:20%]+validation", 16)])
def test_part_of_a_split(data_dir, split, count):
    source = TFDSSource("photographs", split, data_dir)
    assert len(source) == count
    assert len(set(names(source))) == count
    assert sorted(names(source, 0, 0)) == sorted(names(source))


def test_batches(data_dir):
    config = DataConfig(image_size=32, batch_size=8, eval_resize_size=36, eval_image_size=32, eval_batch_size=4)
    source = TFDSSource(tfds.builder("photographs", data_dir=data_dir), "train")
    whole = [(images.numpy(), labels.numpy()) for images, labels in build_epoch(source, config, 0, 0)]
    rest = [(images.numpy(), labels.numpy()) for images, labels in build_epoch(source, config, 0, 0, first_step=5)]
    assert (len(whole), len(rest)) == (7, 2)
    for (images, labels), (expected_images, expected_labels) in zip(rest, whole[5:]):
        np.testing.assert_array_equal(images, expected_images)
        np.testing.assert_array_equal(labels, expected_labels)
    # The padding is the first samples again, augmented otherwise.
    np.testing.assert_array_equal(whole[-1][1][2:], whole[0][1][:6])
    labels = np.concatenate([labels for _, labels in whole])[:TRAIN]
    np.testing.assert_array_equal(np.bincount(labels), [TRAIN // 2, TRAIN // 2])
    validation = evaluation_dataset(TFDSSource("photographs", "validation", data_dir), config)
    assert [(len(images), np.count_nonzero(weights)) for images, _, weights in validation] == [(4, 4), (4, 2)]


def test_image_folder_of_tfds(tmp_path):
    """Their own reader of folders, which keeps paths in the place of encoded images."""
    for split in ("train", "test"):
        (tmp_path / split / "china").mkdir(parents=True)
        Image.fromarray(photo(20, 30)).save(tmp_path / split / "china" / "0.jpg")
    with pytest.raises(ValueError, match="FolderSource"):
        TFDSSource(tfds.ImageFolder(tmp_path), "train")


def test_unknown_split(data_dir):
    with pytest.raises(ValueError, match=r"`split` must be one of \['train', 'validation'\].* Received: 'test'"):
        TFDSSource("photographs", "test", data_dir)


def test_not_prepared(tmp_path):
    with pytest.raises(FileNotFoundError, match="'photographs/1.0.0' must be prepared first"):
        TFDSSource("photographs", "train", tmp_path)


def test_no_images(tmp_path):
    with pytest.raises(ValueError, match="must have a feature `image`, a `tfds.features.Image`. Received: 'no_labels"):
        TFDSSource("no_labels", "train", tmp_path)
