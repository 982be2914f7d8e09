import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class UnbiasedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalization whose moving variance averages unbiased variances, as PyTorch's does.

    A batch is normalized with its biased variance (divided by `n`, the values per channel in the batch), but the moving
    variance takes the unbiased one (divided by `n - 1`). Keras takes the biased one there too, which makes inference
    after training on small maps differ from PyTorch's.

    Args:
        **kwargs: Arguments of `keras.layers.BatchNormalization`, but for `synchronized`.

    Attributes:
        sum_over_replicas: Function that sums a tensor over all replicas of a training run and passes gradients on, for
            a batch to be normalized with the statistics of all replicas, or `None` for those of each. Defaults to
            `None`.

    Call arguments:
        inputs: Float tensor with the channels last.
        training: Boolean, whether batch statistics are used and averaged.

    Returns:
        Float tensor of the shape of `inputs`.

    Reference:
        [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167), algorithm 2
    """

    sum_over_replicas = None

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        if self.sum_over_replicas is not None:
            return self._call_synchronized(inputs)
        before = ops.copy(self.moving_variance)
        outputs = super().call(inputs, training=True, mask=mask)
        count = ops.cast(ops.prod(ops.shape(inputs)[:-1]), before.dtype)
        correction = 1.0 / ops.maximum(count - 1.0, 1.0)  # n / (n - 1) = 1 + correction
        update = self.moving_variance - self.momentum * before  # (1 - momentum) * biased variance
        self.moving_variance.assign(self.moving_variance + correction * update)
        return outputs

    def _call_synchronized(self, inputs):
        values = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        axes = tuple(range(len(inputs.shape) - 1))
        count = ops.cast(ops.prod(ops.shape(inputs)[:-1]), values.dtype)
        sums = self.sum_over_replicas(ops.append(ops.sum(values, axis=axes), count))
        mean, count = sums[:-1] / sums[-1], sums[-1]
        squares = self.sum_over_replicas(ops.sum(ops.square(values - mean), axis=axes))
        for moving, batch in (
            (self.moving_mean, mean),
            (self.moving_variance, squares / ops.maximum(count - 1.0, 1.0)),
        ):
            moving.assign(moving * self.momentum + ops.cast(batch, moving.dtype) * (1.0 - self.momentum))
        outputs = ops.batch_normalization(
            values, mean, squares / count, axis=-1, offset=self.beta, scale=self.gamma, epsilon=self.epsilon
        )
        return ops.cast(outputs, self.compute_dtype)
