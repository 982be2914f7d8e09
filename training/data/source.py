"""What a pipeline asks of a data set."""

from typing import Protocol

import tensorflow as tf


class Source(Protocol):
    """A data set of images and labels: anything with these attributes and methods.

    Attributes:
        class_names: Tuple of strings, in the order of the labels.
    """

    class_names: tuple

    def __len__(self):
        """Number of samples."""

    def references(self, seed=None, epoch=0) -> tf.data.Dataset:
        """Returns the samples in the order of an epoch, without reading more than needed.

        The order depends on `seed` and `epoch` only; with the seed `None` it is that of the files. Elements are dicts
        of `"name"` (string), `"label"` (int64) and whatever `load` needs.
        """

    def load(self, reference) -> tf.Tensor:
        """Returns the image of a reference: a scalar string, an encoded file, or uint8 `(height, width, 3)`, RGB."""


class SegmentationSource(Protocol):
    """A data set of images and masks; a `Source`, but for what is said here.

    Attributes:
        class_names: Tuple of strings, in the order of the labels, 255 at most.
    """

    class_names: tuple

    def __len__(self):
        """Number of samples."""

    def references(self, seed=None, epoch=0) -> tf.data.Dataset:
        """Returns the samples in the order of an epoch, as a `Source` does; the elements need no label."""

    def load(self, reference) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the image of a reference, as a `Source` does, and its mask.

        The mask is uint8 `(height, width)`, of the size of the image: labels from 0 and `training.augment.VOID`,
        255, where there is none. It fails where a mask has another label.
        """


class DetectionSource(Protocol):
    """A data set of images and boxes; a `Source`, but for what is said here.

    Attributes:
        class_names: Tuple of strings, in the order of the labels.
        category_ids: Tuple of integers, the classes' ids in `to_coco()`, in the order of the labels.
    """

    class_names: tuple
    category_ids: tuple

    def __len__(self):
        """Number of samples."""

    def references(self, seed=None, epoch=0) -> tf.data.Dataset:
        """Returns the samples in the order of an epoch, as a `Source` does.

        The elements have `"image_id"` (int64), the id of the image in `to_coco()`, below 2**31, and need no label.
        """

    def load(self, reference) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the image of a reference, as a `Source` does, and its boxes and their labels, to be learnt.

        The boxes are float32 `(count, 4)`, xyxy in pixels of the image, of positive width and height; the labels int32
        `(count,)`, from 0. Boxes around crowds are left out.
        """

    def to_coco(self) -> dict:
        """Returns the ground truth of an evaluation in COCO's format: `"images"`, `"annotations"`, `"categories"`."""
