import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class UnbiasedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalization whose moving variance averages unbiased variances, as PyTorch's does.

    A batch is normalized with its biased variance (divided by `n`, the values per channel in the batch), but the moving
    variance takes the unbiased one (divided by `n - 1`). Keras takes the biased one there too, which makes inference
    after training on small maps differ from PyTorch's. Under `synchronized=True`, `n` is the count of one replica.

    Args:
        **kwargs: Arguments of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: Float tensor with the channels last.
        training: Boolean, whether batch statistics are used and averaged.

    Returns:
        Float tensor of the shape of `inputs`.

    Reference:
        [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167), algorithm 2
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        before = ops.copy(self.moving_variance)
        outputs = super().call(inputs, training=True, mask=mask)
        count = ops.cast(ops.prod(ops.shape(inputs)[:-1]), before.dtype)
        correction = 1.0 / ops.maximum(count - 1.0, 1.0)  # n / (n - 1) = 1 + correction
        update = self.moving_variance - self.momentum * before  # (1 - momentum) * biased variance
        self.moving_variance.assign(self.moving_variance + correction * update)
        return outputs
