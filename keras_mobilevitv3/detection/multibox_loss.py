from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_not_negative

NEGATIVES_PER_POSITIVE = 3


def multibox_loss(
    targets: dict[str, Tensor], outputs: dict[str, Tensor], negatives_per_positive: float = NEGATIVES_PER_POSITIVE
) -> dict[str, Tensor]:
    """Computes the loss of SSD.

    The loss is the sum of two terms: the cross-entropy of the classes of positive and hard negative anchors, and the
    smooth L1 loss of the boxes of positive anchors. Both terms are divided by the number of positive anchors in the
    batch, or by 1 if there are no positive anchors. In the latter case the loss is 0.

    Args:
        targets: Dict of `"labels"`, an integer tensor of shape `(batch, anchors)`, 0 for background, and `"boxes"`, a
            float tensor of shape `(batch, anchors, 4)`, encoded boxes.
        outputs: Dict of `"class_logits"`, of shape `(batch, anchors, classes + 1)`, and `"box_regressions"`, of shape
            `(batch, anchors, 4)`.
        negatives_per_positive: Number, see `hard_negatives`. Defaults to `3`.

    Returns:
        Dict of four tensors of shape `(batch,)`: `"class_loss"` and `"box_loss"`, the terms of each image, where the
        sum of all terms is the loss of the batch; and `"positives"` and `"negatives"`, the number of positive and of
        hard negative anchors of each image.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325), equations 1 to 3
    """
    log_probabilities = ops.log_softmax(outputs["class_logits"], axis=-1)  # (B, N, K)
    labels = ops.cast(targets["labels"], "int32")
    positive = labels > 0  # (B, N)
    negative = hard_negatives(-log_probabilities[..., 0], positive, negatives_per_positive)
    entropy = -ops.take_along_axis(log_probabilities, ops.expand_dims(labels, -1), axis=-1)[..., 0]
    distance = ops.sum(_smooth_l1(outputs["box_regressions"] - targets["boxes"]), axis=-1)
    divisor = ops.maximum(_count(positive, entropy.dtype, axis=None), 1.0)
    return {
        "class_loss": _sum_where(ops.logical_or(positive, negative), entropy) / divisor,
        "box_loss": _sum_where(positive, distance) / divisor,
        "positives": _count(positive, entropy.dtype),
        "negatives": _count(negative, entropy.dtype),
    }


def hard_negatives(
    background_loss: Tensor, positive: Tensor, negatives_per_positive: float = NEGATIVES_PER_POSITIVE
) -> Tensor:
    """Selects the background anchors of each image with the highest loss.

    Args:
        background_loss: Float tensor of shape `(batch, anchors)`, the loss of each anchor with the target background.
        positive: Boolean tensor of shape `(batch, anchors)`, `True` for positive anchors.
        negatives_per_positive: Number of anchors to select for each positive anchor of the image. An image without
            positive anchors has no hard negatives. Defaults to `3`.

    Returns:
        Boolean tensor of shape `(batch, anchors)`.

    Raises:
        ValueError: If `negatives_per_positive` is not a finite number of at least 0.
    """
    check_not_negative("negatives_per_positive", negatives_per_positive)
    loss = ops.where(positive, -float("inf"), ops.stop_gradient(background_loss))
    ranks = ops.argsort(ops.argsort(-loss, axis=-1), axis=-1)
    wanted = negatives_per_positive * _count(positive, background_loss.dtype)
    hard = ops.cast(ranks, background_loss.dtype) < ops.expand_dims(wanted, -1)
    return ops.logical_and(hard, ops.logical_not(positive))


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MultiBoxLoss(keras.losses.Loss):
    """`multibox_loss` as a Keras loss.

    With a `tf.distribute` strategy, Keras divides the loss by the number of replicas.

    Args:
        negatives_per_positive: Number of background anchors in the loss for each positive anchor. Defaults to `3`.
        name: Name of the loss. Defaults to `"multibox_loss"`.
        **kwargs: Other arguments of `keras.losses.Loss`, such as `reduction`.

    Call arguments:
        y_true: Targets, as in `multibox_loss`.
        y_pred: Outputs, as in `multibox_loss`.

    Returns:
        Float scalar.

    Raises:
        ValueError: If `negatives_per_positive` is not a finite number of at least 0.
    """

    def __init__(
        self, negatives_per_positive: float = NEGATIVES_PER_POSITIVE, name: str = "multibox_loss", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        check_not_negative("negatives_per_positive", negatives_per_positive)
        self.negatives_per_positive = negatives_per_positive

    def call(self, y_true, y_pred):
        terms = multibox_loss(y_true, y_pred, self.negatives_per_positive)
        losses = terms["class_loss"] + terms["box_loss"]
        return losses * ops.cast(ops.shape(losses)[0], losses.dtype)  # Keras takes the mean over the images

    def get_config(self):
        return {**super().get_config(), "negatives_per_positive": self.negatives_per_positive}


def _smooth_l1(difference):
    size = ops.abs(difference)
    return ops.where(size < 1.0, 0.5 * ops.square(difference), size - 0.5)


def _sum_where(mask, values):
    return ops.sum(ops.where(mask, values, 0.0), axis=-1)


def _count(mask, dtype, axis=-1):
    return ops.sum(ops.cast(mask, dtype), axis=axis)
