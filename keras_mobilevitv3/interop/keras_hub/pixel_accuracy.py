import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class PixelAccuracy(keras.metrics.Mean):
    """Share of the pixels whose class is right, of those that have one.

    Args:
        ignore_class: Integer, label of pixels that do not count. Defaults to `255`.
        name: Name of the metric. Defaults to `"pixel_accuracy"`.
        dtype: Dtype of the metric. Defaults to `None`, Keras' own choice.
    """

    def __init__(self, ignore_class=255, name="pixel_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.ignore_class = ignore_class

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts a batch of labels `(batch, height, width)` or `(batch, height, width, 1)` and scores of each class."""
        labels = ops.reshape(ops.cast(y_true, "int32"), ops.shape(y_pred)[:-1])
        counted = ops.cast(ops.not_equal(labels, self.ignore_class), self.dtype)
        if sample_weight is not None:
            counted = counted * ops.reshape(ops.cast(sample_weight, self.dtype), ops.shape(labels))
        return super().update_state(ops.equal(ops.cast(ops.argmax(y_pred, axis=-1), "int32"), labels), counted)

    def get_config(self):
        return {**super().get_config(), "ignore_class": self.ignore_class}
