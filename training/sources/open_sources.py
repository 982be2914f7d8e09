"""Opens the sources of training and evaluation from a name or a folder."""

from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath
from training.sources.ade20k import ade20k_sources, find_ade20k
from training.sources.class_folders import folder_sources
from training.sources.class_lists import find_class_list
from training.sources.coco_folders import coco_sources, find_coco_files
from training.sources.digit_scenes import (
    digit_scenes_classification_sources,
    digit_scenes_detection_sources,
    digit_scenes_segmentation_sources,
)
from training.sources.digits import digits_sources
from training.sources.label_tables import label_table_sources
from training.sources.mask_files import check_first_samples
from training.sources.mask_folders import mask_folder_sources
from training.sources.pascal_voc import find_voc2012, voc2012_sources
from training.sources.pascal_voc_boxes import voc_detection_sources
from training.sources.pictures import some
from training.sources.source import DetectionSource, SegmentationSource, Source
from training.sources.splits import VALIDATION_SPLIT
from training.sources.yolo import YAML_FILES, yolo_sources

EVALUATION_SPLITS = ("validation", "test")
# Class names of masks, for data sets of TensorFlow Datasets that do not contain these names.
TFDS_MASK_CLASSES = {"scene_parse150": tuple(f"category {number}" for number in range(1, 101))}
SCENES = {"train_count": 3000, "test_count": 300}


def open_sources(data: str, data_dir: FilePath | None = None, recipe: Any = None) -> tuple[Source, Source]:
    """Returns the sources of training and evaluation of classification.

    Args:
        data: String: `"digits"`; `"digit_scenes"`, with one digit in each scene; a folder of pictures in class folders
            (see `folder_sources`) or with tables of labels (see `label_table_sources`); or the name of a data set of
            TensorFlow Datasets, such as `"imagenet2012"`.
        data_dir: String, the folder of TensorFlow Datasets, or `None` for the default folder of TensorFlow Datasets.
            Defaults to `None`.
        recipe: `Recipe`, or `None`. The recipe has the size and, for a trial, the number of digit scenes, and
            `data.validation_split`. Defaults to `None`.

    Raises:
        ValueError, FileNotFoundError: If the data set or folder does not exist, or the data set is not prepared.
    """
    if data in WITHOUT_FILES:
        return WITHOUT_FILES[data](recipe)
    if Path(data).is_dir():
        share = _validation_split(recipe)
        return label_table_sources(data, share) or folder_sources(data, share)
    from training.sources.tfds import TFDSSource

    return _tfds_sources(TFDSSource, data, data_dir, "digits")


# Sources of classification that need no files.
WITHOUT_FILES = {
    "digits": lambda recipe: digits_sources(),
    "digit_scenes": lambda recipe: digit_scenes_classification_sources(**_scenes_of(recipe)),
}


def open_segmentation_sources(
    data: str, data_dir: FilePath | None = None, recipe: Any = None
) -> tuple[SegmentationSource, SegmentationSource]:
    """Returns the sources of training and evaluation of segmentation.

    Args:
        data: String: `"digit_scenes"`; the folder of PASCAL VOC 2012 or of ADE20K; another folder of pictures and
            masks (see `mask_folder_sources`); or `"scene_parse150"`, a data set of TensorFlow Datasets.
        data_dir, recipe: See `open_sources`.

    Raises:
        ValueError, FileNotFoundError: See `open_sources`.
    """
    if data == "digit_scenes":
        return digit_scenes_segmentation_sources(**_scenes_of(recipe))
    if Path(data).is_dir():
        if find_voc2012(data):
            return voc2012_sources(data)
        if find_ade20k(data) and not find_class_list(data):
            return ade20k_sources(data)
        return mask_folder_sources(data, _validation_split(recipe))
    from training.sources.tfds_scenes import TFDSSegmentationSource

    builder = _find_builder(data, data_dir, "digit_scenes")
    if builder.name not in TFDS_MASK_CLASSES:
        raise ValueError(
            f"A data set of TensorFlow Datasets must be one of {list(TFDS_MASK_CLASSES)} for segmentation. "
            f"Received: data={data!r}"
        )
    names = TFDS_MASK_CLASSES[builder.name]
    return tuple(TFDSSegmentationSource(builder, split, names) for split in _splits(builder))


def open_detection_sources(
    data: str, data_dir: FilePath | None = None, recipe: Any = None
) -> tuple[DetectionSource, DetectionSource]:
    """Returns the sources of training and evaluation of detection.

    Args:
        data: String: `"digit_scenes"`; a folder with annotations in the format of COCO, PASCAL VOC or YOLO (see
            `coco_sources`, `voc_detection_sources` and `yolo_sources`); or the name of a data set of TensorFlow
            Datasets, such as `"coco/2017"` or `"voc/2012"`.
        data_dir, recipe: See `open_sources`.

    Raises:
        ValueError, FileNotFoundError: See `open_sources`.
    """
    if data == "digit_scenes":
        return digit_scenes_detection_sources(**_scenes_of(recipe))
    if Path(data).is_dir():
        return _detection_folder(Path(data), _validation_split(recipe))
    from training.sources.tfds_scenes import TFDSDetectionSource

    return _tfds_sources(TFDSDetectionSource, data, data_dir, "digit_scenes")


def _detection_folder(root, share):
    has_yaml = any((root / name).is_file() for name in YAML_FILES)
    if not has_yaml and any(find_coco_files(root)):
        sources = coco_sources(root, share)
    else:
        sources = (None if has_yaml else voc_detection_sources(root, share)) or yolo_sources(root, share)
    if sources is None:
        raise FileNotFoundError(
            "A folder for detection must have JSON files of COCO, such as 'annotations/train.json' or "
            "'train/_annotations.coco.json'; XML files of PASCAL VOC; or text files of YOLO with 'data.yaml' or "
            f"'classes.txt'. Received: {str(root)!r} with {some(path.name for path in sorted(root.iterdir()))}"
        )
    for source, split in zip(sources, ("training", "validation")):
        if not len(source.labels):
            raise ValueError(
                f"There must be objects for training and for validation. Received: {str(root)!r} with none for {split}"
            )
        check_first_samples(source)
    return sources


def _validation_split(recipe):
    return VALIDATION_SPLIT if recipe is None else getattr(recipe.data, "validation_split", VALIDATION_SPLIT)


def _scenes_of(recipe):
    """Returns the arguments of digit scenes."""
    if recipe is None:
        return {}
    data = recipe.data
    counts = dict(SCENES)
    if data.max_steps is not None:
        counts["train_count"] = min(counts["train_count"], 2 * data.max_steps * data.batch_size)
        counts["test_count"] = min(counts["test_count"], data.max_steps * data.eval_batch_size)
    return {"size": data.image_size, **counts}


def _tfds_sources(kind, name, data_dir, own):
    builder = _find_builder(name, data_dir, own)
    return tuple(kind(builder, split) for split in _splits(builder))


def _splits(builder):
    """Returns the names of the splits of training and evaluation. A data set that is not prepared has no splits."""
    splits = builder.info.splits
    evaluation = next((split for split in EVALUATION_SPLITS if split in splits), None)
    if splits and evaluation is None:
        raise ValueError(
            f"A data set must have a split {' or '.join(EVALUATION_SPLITS)}. "
            f"Received: {builder.name!r} with {sorted(splits)}"
        )
    return "train", evaluation


def _find_builder(name, data_dir, own):
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ValueError(
            f"`data` must be {own!r}, a folder, or, with TensorFlow Datasets (`pip install keras-mobilevitv3[tfds]`), "
            f"one of its data sets. Received: data={name!r}, which is no folder here"
        ) from error

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.registered.DatasetNotFoundError as error:
        raise ValueError(
            f"`data` must be {own!r}, a folder, or a data set of TensorFlow Datasets. "
            f"Received: data={name!r}, which is neither a folder here nor a data set"
        ) from error
