"""Mean intersection over union of predicted classes of pixels."""

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.checks import check_integer, is_integer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MeanIoU(keras.metrics.MeanIoU):
    """Mean intersection over union, from integer masks and logits or probabilities.

    The metric adds up one confusion matrix over all batches. The matrix counts the pixels whose label is one of the
    classes, and ignores pixels with other labels (255, -1). The mean is over the classes that occur in the masks or in
    the predictions. The counts are int32, which is enough for two thousand million pixels of one class, and 16 million
    of them in one batch.

    Args:
        num_classes: Integer, number of classes.
        ignore_class: Integer, a label of the classes to ignore too, or `None`. Defaults to `None`.
        name: Name of the metric. Defaults to `"mean_iou"`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Everingham et al., 2015](https://doi.org/10.1007/s11263-014-0733-5), section 4.1.4
    """

    def __init__(self, num_classes, ignore_class=None, name="mean_iou"):
        check_integer("num_classes", num_classes)
        if ignore_class is not None and not is_integer(ignore_class):
            raise ValueError(f"`ignore_class` must be an integer or None. Received: ignore_class={ignore_class!r}")
        super().__init__(num_classes, name=name, dtype="int32", ignore_class=ignore_class, sparse_y_pred=False)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts the pixels of a batch.

        Args:
            y_true: Integer tensor of shape `(batch, height, width)` or `(batch, height, width, 1)`.
            y_pred: Float tensor of shape `(batch, height, width, num_classes)`, logits or probabilities.
            sample_weight: `None`, or a tensor of the shape of `y_true` or of its first axes. Pixels of weight 0 do not
                count; all other pixels count once. Defaults to `None`.
        """
        y_true = ops.reshape(ops.cast(y_true, "int32"), ops.shape(y_pred)[:-1])
        counted = ops.logical_and(y_true >= 0, y_true < self.num_classes)
        if self.ignore_class is not None:
            counted = ops.logical_and(counted, y_true != self.ignore_class)
        if sample_weight is not None:
            weight = ops.convert_to_tensor(sample_weight) != 0
            weight = ops.reshape(weight, (*ops.shape(weight), *[1] * (len(y_true.shape) - len(weight.shape))))
            counted = ops.logical_and(counted, weight)
        predicted = ops.cast(ops.argmax(y_pred, axis=-1), "int32")
        cells = ops.where(counted, y_true * self.num_classes + predicted, self.num_classes**2)  # last cell: ignored
        cells = ops.reshape(cells, (-1,))
        # On PyTorch, `update_state` of Keras 3.15 loops over the pixels in Python, which takes seconds for a batch.
        counts = ops.segment_sum(ops.ones_like(cells), cells, num_segments=self.num_classes**2 + 1)
        self.total_cm.assign_add(ops.reshape(ops.cast(counts[:-1], self.dtype), self.total_cm.shape))

    def per_class(self):
        """Returns the intersection over union of each class.

        Returns:
            Float64 NumPy array of shape `(num_classes,)`, `NaN` for classes that occur neither in masks nor in
            predictions.
        """
        matrix = ops.convert_to_numpy(self.total_cm).astype("float64")  # rows: masks, columns: predictions
        intersection = np.diag(matrix)
        union = matrix.sum(axis=0) + matrix.sum(axis=1) - intersection
        return np.divide(intersection, union, out=np.full(self.num_classes, np.nan), where=union > 0)

    def get_config(self):
        return {"num_classes": self.num_classes, "ignore_class": self.ignore_class, "name": self.name}
