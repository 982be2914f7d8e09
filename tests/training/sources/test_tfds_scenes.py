from pathlib import Path

import numpy as np
import pytest

from tests.training.augment.draws import photo
from tests.training.sources.mask_images import labels
from training.sources.open_sources import open_detection_sources, open_segmentation_sources
from training.sources.tfds_scenes import TFDSDetectionSource, TFDSSegmentationSource

tfds = pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")
HEIGHT, WIDTH, COUNT = 40, 60, 9


class Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """A few photographs to train on, the first two of them to evaluate."""

    VERSION = tfds.core.Version("1.0.0")
    code_path = Path(__file__)  # to find it, TensorFlow Datasets needs `importlib_resources`, which it does not install
    evaluation = "validation"

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(COUNT), self.evaluation: self._generate_examples(2)}

    def _info(self):
        features = tfds.features.FeaturesDict({"image": tfds.features.Image(encoding_format="jpeg"), **self.features()})
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _generate_examples(self, count):
        for number in range(count):
            yield number, {"image": picture(number), **self.target(number)}


class SceneParse150(Builder, skip_registration=True):
    """Masks as those of `scene_parse150`: red the category, green the instance."""

    name = "scene_parse150"
    evaluation = "test"

    def features(self):
        return {"annotation": tfds.features.Image(encoding_format="png")}

    def target(self, number):
        return {"annotation": np.stack([mask_of(number), mask_of(number + 50), 0 * mask_of(0)], axis=-1)}


class Coco(Builder, skip_registration=True):
    """Objects as those of `coco/2017`."""

    def features(self):
        objects = {
            "id": np.int64,
            "area": np.int64,
            "bbox": tfds.features.BBoxFeature(),
            "label": tfds.features.ClassLabel(names=["person", "bicycle", "car"]),
            "is_crowd": np.bool_,
        }
        return {
            "image/filename": tfds.features.Text(),
            "image/id": np.int64,
            "objects": tfds.features.Sequence(objects),
        }

    def target(self, number):
        objects = [
            {"id": 10 * number + each, "area": 77, "bbox": box(number + each), "label": each, "is_crowd": each == 2}
            for each in range(number % 4)
        ]
        return {"image/filename": f"{number}.jpg", "image/id": 100 + number, "objects": objects}


class Voc(Builder, skip_registration=True):
    """Objects as those of `voc/2012`."""

    def features(self):
        objects = {
            "label": tfds.features.ClassLabel(names=["aeroplane", "bicycle"]),
            "bbox": tfds.features.BBoxFeature(),
            "is_truncated": np.bool_,
            "is_difficult": np.bool_,
        }
        return {"image/filename": tfds.features.Text(), "objects": tfds.features.Sequence(objects)}

    def target(self, number):
        objects = [
            {"label": each, "bbox": box(number + each), "is_truncated": False, "is_difficult": each == 1}
            for each in range(2)
        ]
        return {"image/filename": f"2007_{27 + number:06}.jpg", "objects": objects}


def picture(number):
    return np.roll(photo(HEIGHT, WIDTH), 3 * number, axis=1)


def mask_of(number):
    return labels(101, (HEIGHT, 101), number)[:, -WIDTH:]


def box(number):
    left, top = 4 * (number % 8), 3 * (number % 5)
    return tfds.features.BBox(ymin=top / HEIGHT, xmin=left / WIDTH, ymax=(top + 20) / HEIGHT, xmax=(left + 15) / WIDTH)


def xyxy(number):
    left, top = 4 * (number % 8), 3 * (number % 5)
    return [left, top, left + 15, top + 20]


@pytest.fixture(scope="module")
def builders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    made = {}
    for kind in (SceneParse150, Coco, Voc):
        made[kind] = kind(data_dir=folder, file_format="array_record")
        made[kind].download_and_prepare(
            download_config=tfds.download.DownloadConfig(num_shards=2, try_download_gcs=False)
        )
    return made


def test_masks(builders):
    names = [str(number) for number in range(100)]
    source = TFDSSegmentationSource(builders[SceneParse150], "train", names)
    assert len(source) == COUNT
    seen = set()
    for reference in source.references(0, 1):
        image, mask = source.load(reference)
        originals = [np.where(mask_of(each) == 0, 255, mask_of(each).astype(int) - 1) for each in range(COUNT)]
        (number,) = [each for each, original in enumerate(originals) if np.array_equal(original, mask)]
        assert np.abs(image.astype(int) - picture(number)).mean() < 6
        seen.add(number)
    assert len(seen) == COUNT


def test_objects(builders):
    source = TFDSDetectionSource(builders[Coco], "train")
    assert source.class_names == ("person", "bicycle", "car")
    numbers = []
    for reference in source.references(0, 0):
        image, boxes, found = source.load(reference)
        number = source.image_id(reference) - 100
        numbers.append(number)
        kept = min(number % 4, 2)  # the third one is a crowd
        np.testing.assert_allclose(
            boxes, np.array([xyxy(number + each) for each in range(kept)]).reshape(-1, 4), atol=1e-4
        )
        assert found.tolist() == list(range(kept))
        assert np.abs(image.astype(int) - picture(number)).mean() < 6
    assert sorted(numbers) == list(range(COUNT))
    assert numbers != list(range(COUNT))


def test_ground_truth_has_crowds(builders):
    source = TFDSDetectionSource(builders[Coco], "train")
    truth = source.to_coco()
    assert {image["id"] for image in truth["images"]} == set(range(100, 100 + COUNT))
    assert {(image["height"], image["width"]) for image in truth["images"]} == {(HEIGHT, WIDTH)}
    of_three = [each for each in truth["annotations"] if each["image_id"] == 103]
    assert [each["iscrowd"] for each in of_three] == [0, 0, 1]
    assert [each["category_id"] for each in of_three] == [1, 2, 3]
    np.testing.assert_allclose(of_three[1]["bbox"], [*xyxy(4)[:2], 15, 20], atol=1e-4)
    assert of_three[1]["area"] == 77


def test_difficult_objects_of_pascal_voc(builders):
    source = TFDSDetectionSource(builders[Voc], "validation")
    references = source.references()
    assert sorted(source.image_id(each) for each in references) == [2007000027, 2007000028]
    for reference in references:
        _, boxes, found = source.load(reference)
        np.testing.assert_allclose(boxes, [xyxy(source.image_id(reference) - 2007000027)], atol=1e-4)
        assert found.tolist() == [0]
    annotations = source.to_coco()["annotations"]
    assert [each["iscrowd"] for each in annotations] == [0, 1] * 2
    np.testing.assert_allclose([each["area"] for each in annotations], 300, atol=1e-2)


def test_opened_by_name(builders, monkeypatch):
    monkeypatch.setattr(tfds, "builder", lambda name, data_dir: builders[{"coco": Coco, "voc": Voc}[name]])
    assert [len(source) for source in open_detection_sources("coco")] == [COUNT, 2]
    monkeypatch.setattr(tfds, "builder", lambda name, data_dir: builders[SceneParse150])
    train, test = open_segmentation_sources("scene_parse150")
    assert (len(train), len(test), len(test.class_names)) == (COUNT, 2, 100)


def test_wrong_kind_of_data_set(builders):
    with pytest.raises(ValueError, match="must have a feature `annotation`, a `tfds.features.Image`"):
        TFDSSegmentationSource(builders[Coco], "train", ["a"])
    with pytest.raises(ValueError, match="must have a feature `objects`, a `tfds.features.Sequence`"):
        TFDSDetectionSource(builders[SceneParse150], "train")
