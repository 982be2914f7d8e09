from keras_mobilevitv3.checks import check_boolean
from keras_mobilevitv3.layers.composite_layer import CompositeLayer


class FoldableLayer(CompositeLayer):
    """Layer with batch normalizations after convolutions, into which they can be folded, see `fuse_batch_norm`.

    Args:
        fused: Boolean, whether such a convolution has a bias and no batch normalization follows. Defaults to `False`.
        **kwargs: Arguments of `CompositeLayer`.
    """

    def __init__(self, fused=False, **kwargs):
        super().__init__(**kwargs)
        check_boolean("fused", fused)
        self.fused = fused

    def get_config(self):
        return {**super().get_config(), "fused": self.fused}
