import keras


class FoldableLayer(keras.layers.Layer):
    """Layer with batch normalizations after convolutions, into which they can be folded, see `fuse_batch_norm`.

    Args:
        fused: Boolean, whether such a convolution has a bias and no batch normalization follows. Defaults to `False`.
    """

    def __init__(self, fused=False, **kwargs):
        super().__init__(**kwargs)
        self.fused = fused

    def get_config(self):
        return {**super().get_config(), "fused": self.fused}
