"""Files of images and masks."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from training.augment import VOID
from training.data.decode_mask import decode_mask
from training.data.epoch_plan import epoch_order
from training.data.folder import SUFFIXES
from training.data.segmentation import load_pair

CLASSES_FILE = "classes.txt"
TRIED_FIRST = 3  # samples; that none of them can be read is no accident


class MaskFileSource:
    """Files of images, and a PNG mask for each: a palette image, of which the numbers count, or a grayscale one.

    Args:
        image_paths: Sequence of strings.
        mask_paths: Sequence of strings, in the same order.
        class_names: Sequence of strings, in the order of the labels, 255 at most.
        zero_is_void: Boolean, whether the masks have 0 where there is no label, and labels from 1, as those of ADE20K.
            Defaults to `False`.

    Raises:
        ValueError: If there are not as many masks as images, or the first few all fail: cannot be read, are no masks,
            have other labels or another size. Single ones that do are left out as they are met.
    """

    def __init__(self, image_paths, mask_paths, class_names, zero_is_void=False):
        if len(image_paths) != len(mask_paths) or not len(image_paths):
            raise ValueError(
                "`image_paths` and `mask_paths` must be as many, one or more. "
                f"Received: {len(image_paths)} images and {len(mask_paths)} masks"
            )
        check_class_count(class_names)
        self.image_paths, self.mask_paths = list(image_paths), list(mask_paths)
        self._image_paths, self._mask_paths = tf.constant(self.image_paths), tf.constant(self.mask_paths)
        self.class_names = tuple(class_names)
        self.zero_is_void = zero_is_void
        self._try_first()

    def _try_first(self):
        errors = []
        for reference in self.references().take(TRIED_FIRST):
            try:
                load_pair(self, reference)
                return
            except tf.errors.OpError as error:
                errors.append(f"{reference['mask_name'].numpy().decode()!r}: {error.message.split('data: ')[-1]}")
        raise ValueError(
            "The images and masks of a data set must be as the class says, but the first ones all fail. "
            f"Received: {errors[0]}"
        )

    def __len__(self):
        return len(self.image_paths)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": tf.gather(self._image_paths, order), "mask_name": tf.gather(self._mask_paths, order)}
        return tf.data.Dataset.from_tensor_slices(samples)

    def load(self, reference):
        mask = decode_mask(tf.io.read_file(reference["mask_name"]))
        return tf.io.read_file(reference["name"]), labels_of(mask, len(self.class_names), self.zero_is_void)


def labels_of(mask, num_classes, zero_is_void=False):
    """The labels of a decoded mask, from 0, and `VOID`; other values fail.

    Args:
        mask: Uint8 tensor of shape `(height, width)`.
        num_classes: Integer.
        zero_is_void: Boolean, see `MaskFileSource`. Defaults to `False`.

    Returns:
        Uint8 tensor of the shape of `mask`.
    """
    if zero_is_void:
        mask -= tf.ones([], tf.uint8)  # 0 becomes 255
    known = tf.reduce_all((mask < num_classes) | (mask == VOID))
    greatest = tf.reduce_max(tf.where(mask == VOID, tf.zeros([], tf.uint8), mask))
    message = f"A mask must have labels below {num_classes}, the number of classes."
    with tf.control_dependencies([tf.debugging.Assert(known, [message, greatest])]):
        return tf.identity(mask)


def check_class_count(class_names):
    """Raises if there are more classes than 8 bits hold."""
    if not 1 <= len(class_names) <= VOID:
        raise ValueError(f"`class_names` must be 1 to {VOID} names. Received: {len(class_names)} names")


def mask_folder_source(folder, class_names):
    """Returns the source of `folder/images` and `folder/masks`, files matched by their names without the suffix.

    Args:
        folder: String or `os.PathLike`.
        class_names: Sequence of strings.

    Returns:
        `MaskFileSource`.

    Raises:
        FileNotFoundError: If there are no such folders.
        ValueError: If an image has no mask, or a mask no image.
    """
    return MaskFileSource(*match_by_stem(Path(folder) / "images", Path(folder) / "masks"), class_names)


def match_by_stem(images, masks):
    """Paths of images and of masks, those of one name each, in the order of their names."""
    for folder in (images, masks):
        if not folder.is_dir():
            raise FileNotFoundError(f"There must be a folder of images and one of masks. Received: no {str(folder)!r}")
    by_stem = [
        {
            str(path.relative_to(folder).with_suffix("")): str(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix.lower() in suffixes
        }
        for folder, suffixes in ((images, SUFFIXES), (masks, (".png",)))
    ]
    lonely = sorted(by_stem[0].keys() ^ by_stem[1].keys())
    if lonely or not by_stem[0]:
        raise ValueError(
            f"Each image must have a mask of its name, with the suffix .png. Received: {str(images)!r} and "
            f"{str(masks)!r} with {len(lonely)} files that have no partner: {lonely[:5]}"
        )
    stems = sorted(by_stem[0])
    return [by_stem[0][stem] for stem in stems], [by_stem[1][stem] for stem in stems]


def mask_folder_sources(root):
    """Returns the sources of training and evaluation, `root/train` and `root/val`, each with `images` and `masks`.

    Args:
        root: String or `os.PathLike`, a folder that also has `classes.txt`, the names of the classes, one a line, in
            the order of the labels.

    Returns:
        Tuple of two `MaskFileSource`.
    """
    root = Path(root)
    if not (root / CLASSES_FILE).is_file():
        raise FileNotFoundError(
            f"A folder of images and masks must have a file {CLASSES_FILE} with the names of the classes, one a line. "
            f"Received: {str(root)!r}"
        )
    names = [line.strip() for line in (root / CLASSES_FILE).read_text("utf-8").splitlines() if line.strip()]
    return tuple(mask_folder_source(root / split, names) for split in ("train", "val"))
