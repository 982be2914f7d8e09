from dataclasses import replace
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.training.sources.coco_files import write_coco
from tests.training.sources.image_files import write_folder
from tests.training.sources.mask_images import write_pairs
from training.data.config import DataConfig
from training.data.detection_config import DetectionDataConfig
from training.sources.open_sources import open_detection_sources, open_segmentation_sources, open_sources
from training.data.segmentation_config import SegmentationDataConfig

TRIAL = {"image_size": 48, "batch_size": 2, "eval_batch_size": 3, "max_steps": 2}


@pytest.mark.parametrize(
    ("open_them", "config"),
    [
        (open_sources, DataConfig),
        (open_segmentation_sources, SegmentationDataConfig),
        (open_detection_sources, DetectionDataConfig),
    ],
    ids=["labels", "masks", "boxes"],
)
def test_digit_scenes_of_a_trial(open_them, config):
    """Of the recipe's size, and no more than a trial takes."""
    train, test = open_them("digit_scenes", None, SimpleNamespace(data=config(**TRIAL)))
    assert (len(train), len(test)) == (8, 6)
    for source in (train, test):
        (reference, *_) = source.references()
        loaded = source.load(reference)
        image = loaded[0] if isinstance(loaded, tuple) else loaded
        assert image.shape == (48, 48, 3)


def test_folders_of_masks(tmp_path):
    names = {"voc": "JPEGImages", "ade": "annotations", "own": "train"}
    voc = tmp_path / "voc"
    write_pairs(voc / "JPEGImages", voc / "SegmentationClass", ["a"], size=(8, 30))
    (voc / "ImageSets" / "Segmentation").mkdir(parents=True)
    for split in ("train", "val"):
        (voc / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("a\n")
        write_pairs(tmp_path / "own" / split / "images", tmp_path / "own" / split / "masks", ["a"], size=(8, 30))
    (tmp_path / "own" / "classes.txt").write_text("\n".join("abcdefghijklmnopqrstu"))
    for split in ("training", "validation"):
        folders = [tmp_path / "ade" / kind / split for kind in ("images", "annotations")]
        write_pairs(*folders, ["a"], Image.fromarray, (8, 30))
    classes = [len(open_segmentation_sources(str(tmp_path / name))[0].class_names) for name in names]
    assert classes == [21, 150, 21]


def test_folder_of_boxes(tmp_path):
    for split in ("train", "val"):
        write_coco(tmp_path, split)
    assert [len(source) for source in open_detection_sources(str(tmp_path))] == [3, 4]


def test_folder_of_classes(tmp_path):
    for split in ("train", "val"):
        write_folder(tmp_path / split, 2)
    assert [len(source) for source in open_sources(str(tmp_path))] == [4, 4]


@pytest.mark.parametrize("open_them", [open_segmentation_sources, open_detection_sources])
def test_no_such_data_set(open_them):
    with pytest.raises(ValueError, match="`data` must be 'digit_scenes', a folder, or a data set of TensorFlow"):
        open_them("no_such_set")


def test_data_set_without_masks():
    with pytest.raises(ValueError, match=r"must be one of \['scene_parse150'\] for segmentation. .*'mnist'"):
        open_segmentation_sources("mnist")


@pytest.mark.parametrize(
    ("open_them", "name"),
    [
        (open_detection_sources, "voc/2012"),
        (open_detection_sources, "coco/2017"),
        (open_segmentation_sources, "scene_parse150"),
    ],
)
def test_data_set_that_is_not_prepared(tmp_path, open_them, name):
    """The real ones have the features that are asked for."""
    with pytest.raises(FileNotFoundError, match=f"'{name}/.*' must be prepared first"):
        open_them(name, tmp_path)


def test_configs_differ_by_task_only():
    common = replace(SegmentationDataConfig(**TRIAL), max_steps=None)
    assert {"image_size", "batch_size", "shuffle", "last_batch", "eval_batch_size", "max_steps"} <= set(vars(common))
    assert common.sampler == DetectionDataConfig().sampler == "fixed"
