"""MixUp and CutMix: combine pairs of images of a batch."""

import math

import numpy as np

from training.augment.opencv import cv2


def mixup(images: np.ndarray, labels: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Blends each image with the one before it in the batch, and the labels likewise.

    Args:
        images: Float32 array of shape `(batch, height, width, channels)`.
        labels: Float32 array of shape `(batch, classes)`, soft labels.
        share: Float in [0, 1], weight of each image; the image before it has the weight `1 - share`.

    Returns:
        Tuple of images and labels.
    """
    mixed = np.empty_like(images)
    for number, image in enumerate(images):  # several times faster than NumPy on the whole batch
        cv2.addWeighted(image, share, images[number - 1], 1.0 - share, 0.0, dst=mixed[number])
    return mixed, _mix_labels(labels, share)


def cutmix(
    images: np.ndarray, labels: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pastes a box of the image before it in the batch into each image, and mixes the labels by area.

    The box is the same for the whole batch. The center of the box is uniform over the pixels. Half its sides are
    `int(0.5 * sqrt(1 - share) * side)`. The border of the image clips the box, and labels are mixed by the area that is
    left.

    Args:
        images: Array of shape `(batch, height, width, channels)`.
        labels: Float32 array of shape `(batch, classes)`, soft labels.
        share: Float in [0, 1], share of the area that stays, before the box is clipped.
        rng: `np.random.Generator` for the center.

    Returns:
        Tuple of images and labels.
    """
    size = np.array(images.shape[1:3])
    center = rng.integers(size)
    half = (0.5 * math.sqrt(1.0 - share) * size).astype(int)
    (top, left), (bottom, right) = np.maximum(center - half, 0), np.minimum(center + half, size)
    mixed = images.copy()
    mixed[:, top:bottom, left:right] = np.roll(images[:, top:bottom, left:right], 1, axis=0)
    return mixed, _mix_labels(labels, 1.0 - (bottom - top) * (right - left) / size.prod())


def _mix_labels(labels, share):
    share = np.float32(share)
    return labels * share + np.roll(labels, 1, axis=0) * (1 - share)


def mixup_or_cutmix(
    images: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    mixup_alpha: float = 0.2,
    cutmix_alpha: float = 1.0,
    probability: float = 0.5,
) -> tuple[np.ndarray, np.ndarray]:
    """Chooses one of MixUp and CutMix, and changes the batch with a probability.

    With the defaults, `mixup` changes a quarter of all batches, `cutmix` changes another quarter, and half of the
    batches stay as they are. One share and one box are drawn for the whole batch.

    Args:
        images: Float32 array of shape `(batch, height, width, channels)`.
        labels: Float32 array of shape `(batch, classes)`, soft labels.
        rng: `np.random.Generator`.
        mixup_alpha: Float, the share comes from Beta(alpha, alpha). `0` turns MixUp off. Defaults to `0.2`.
        cutmix_alpha: Float, the same parameter of CutMix. Defaults to `1.0`.
        probability: Float in [0, 1], probability of a change. Defaults to `0.5`.

    Returns:
        Tuple of images and labels.
    """
    alphas = {name: alpha for name, alpha in (("mixup", mixup_alpha), ("cutmix", cutmix_alpha)) if alpha}
    if not alphas:
        return images, labels
    chosen = list(alphas)[rng.integers(len(alphas))]
    if rng.random() >= probability:
        return images, labels
    share = rng.beta(alphas[chosen], alphas[chosen])
    return mixup(images, labels, share) if chosen == "mixup" else cutmix(images, labels, share, rng)
