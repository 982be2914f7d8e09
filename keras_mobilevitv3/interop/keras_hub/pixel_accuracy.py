from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class PixelAccuracy(keras.metrics.Mean):
    """Fraction of correctly classified pixels among all pixels that are not ignored.

    Args:
        ignore_class: Integer, label of the pixels to ignore. Defaults to `255`.
        name: Name of the metric. Defaults to `"pixel_accuracy"`.
        dtype: Dtype of the metric. Defaults to `None`, the default of Keras.
    """

    def __init__(self, ignore_class: int = 255, name: str = "pixel_accuracy", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.ignore_class = ignore_class

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: Integer labels of shape `(batch, height, width)` or `(batch, height, width, 1)`.
            y_pred: Scores of shape `(batch, height, width, classes)`.
            sample_weight: Weights of the shape of `y_true`, or `None`. Defaults to `None`.
        """
        labels = ops.reshape(ops.cast(y_true, "int32"), ops.shape(y_pred)[:-1])
        counted = ops.cast(ops.not_equal(labels, self.ignore_class), self.dtype)
        if sample_weight is not None:
            counted = counted * ops.reshape(ops.cast(sample_weight, self.dtype), ops.shape(labels))
        return super().update_state(ops.equal(ops.cast(ops.argmax(y_pred, axis=-1), "int32"), labels), counted)

    def get_config(self):
        return {**super().get_config(), "ignore_class": self.ignore_class}
