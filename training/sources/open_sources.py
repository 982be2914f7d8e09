"""From a name or a folder to the sources of training and evaluation."""

from pathlib import Path

from training.data.ade20k import ade20k_sources, find_ade20k
from training.data.coco_source import coco_sources
from training.data.digit_scenes import (
    digit_scenes_classification_sources,
    digit_scenes_detection_sources,
    digit_scenes_segmentation_sources,
)
from training.data.digits import digits_sources
from training.data.folder import folder_sources
from training.data.mask_files import mask_folder_sources
from training.data.pascal_voc import find_voc2012, voc2012_sources
from training.data.tfds_scenes import TFDSDetectionSource, TFDSSegmentationSource
from training.data.tfds_source import TFDSSource

EVALUATION_SPLITS = ("validation", "test")
SCENES = {"train_count": 3000, "test_count": 300}
# Class names of data sets of TensorFlow Datasets, which do not have those of their masks.
TFDS_MASK_CLASSES = {"scene_parse150": tuple(f"category {number}" for number in range(1, 101))}


def open_sources(data, data_dir=None, recipe=None):
    """Returns the sources of training and evaluation of classification.

    Args:
        data: String: `"digits"`; `"digit_scenes"`, with one digit in each; a folder with `train/<class>/` and
            `val/<class>/`; or the name of a data set of TensorFlow Datasets, such as `"imagenet2012"`, of which the
            evaluation split is `validation`, or else `test`.
        data_dir: String, the folder where TensorFlow Datasets has its data sets, or `None` for its own choice. Defaults
            to `None`.
        recipe: `Recipe`, of which digit scenes have the image size, and of a trial no more scenes than it takes, or
            `None`. Defaults to `None`.

    Returns:
        Tuple of two `Source`.

    Raises:
        ValueError, FileNotFoundError: If there is no such data set or folder, or it is not prepared.
    """
    if data in WITHOUT_FILES:
        return WITHOUT_FILES[data](recipe)
    if Path(data).is_dir():
        return folder_sources(data)
    builder = _prepared_builder(data, data_dir, "digits")
    return TFDSSource(builder, "train"), TFDSSource(builder, _evaluation_split(builder, data))


# Sources of classification that need no files.
WITHOUT_FILES = {
    "digits": lambda recipe: digits_sources(),
    "digit_scenes": lambda recipe: digit_scenes_classification_sources(**_scenes_of(recipe)),
}


def open_segmentation_sources(data, data_dir=None, recipe=None):
    """Returns the sources of training and evaluation of segmentation.

    Args:
        data: String: `"digit_scenes"`; the folder of PASCAL VOC 2012, of ADE20K, or one with `classes.txt`,
            `train/images/`, `train/masks/`, `val/images/` and `val/masks/`; or `"scene_parse150"`, the data set of
            TensorFlow Datasets.
        data_dir: String, as for `open_sources`. Defaults to `None`.
        recipe: As for `open_sources`. Defaults to `None`.

    Returns:
        Tuple of two `SegmentationSource`.

    Raises:
        ValueError, FileNotFoundError: As `open_sources`.
    """
    if data == "digit_scenes":
        return digit_scenes_segmentation_sources(**_scenes_of(recipe))
    if Path(data).is_dir():
        if find_voc2012(data):
            return voc2012_sources(data)
        return ade20k_sources(data) if find_ade20k(data) else mask_folder_sources(data)
    builder = _prepared_builder(data, data_dir, "digit_scenes")
    if builder.name not in TFDS_MASK_CLASSES:
        raise ValueError(
            f"A data set of TensorFlow Datasets must be one of {list(TFDS_MASK_CLASSES)} for segmentation. "
            f"Received: data={data!r}"
        )
    names = TFDS_MASK_CLASSES[builder.name]
    train = TFDSSegmentationSource(builder, "train", names)
    return train, TFDSSegmentationSource(builder, _evaluation_split(builder, data), names)


def open_detection_sources(data, data_dir=None, recipe=None):
    """Returns the sources of training and evaluation of detection.

    Args:
        data: String: `"digit_scenes"`; a folder laid out as COCO's, see `coco_sources`; or the name of a data set of
            TensorFlow Datasets, such as `"coco/2017"` or `"voc/2012"`.
        data_dir: String, as for `open_sources`. Defaults to `None`.
        recipe: As for `open_sources`. Defaults to `None`.

    Returns:
        Tuple of two `DetectionSource`.

    Raises:
        ValueError, FileNotFoundError: As `open_sources`.
    """
    if data == "digit_scenes":
        return digit_scenes_detection_sources(**_scenes_of(recipe))
    if Path(data).is_dir():
        return coco_sources(data)
    builder = _prepared_builder(data, data_dir, "digit_scenes")
    return TFDSDetectionSource(builder, "train"), TFDSDetectionSource(builder, _evaluation_split(builder, data))


def _scenes_of(recipe):
    """Arguments of digit scenes."""
    if recipe is None:
        return {}
    data = recipe.data
    counts = dict(SCENES)
    if data.max_steps is not None:
        counts["train_count"] = min(counts["train_count"], 2 * data.max_steps * data.batch_size)
        counts["test_count"] = min(counts["test_count"], data.max_steps * data.eval_batch_size)
    return {"size": data.image_size, **counts}


def _evaluation_split(builder, name):
    for split in EVALUATION_SPLITS:
        if split in builder.info.splits:
            return split
    raise ValueError(
        f"A data set must have a split {' or '.join(EVALUATION_SPLITS)}. "
        f"Received: {name!r} with {sorted(builder.info.splits)}"
    )


def _prepared_builder(name, data_dir, own):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.registered.DatasetNotFoundError as error:
        raise ValueError(
            f"`data` must be {own!r}, a folder, or a data set of TensorFlow Datasets. "
            f"Received: data={name!r}, which is neither a folder here nor a data set"
        ) from error
