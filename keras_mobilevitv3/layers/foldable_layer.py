from typing import Any

from keras_mobilevitv3.checks import check_boolean
from keras_mobilevitv3.layers.composite_layer import CompositeLayer


class FoldableLayer(CompositeLayer):
    """Layer whose batch normalizations can be folded into its convolutions (see `fuse_batch_norm`).

    Args:
        fused: Boolean, whether the batch normalizations are folded: the convolutions have a bias, and no batch
            normalization follows them. Defaults to `False`.
        **kwargs: Arguments of `CompositeLayer`.
    """

    def __init__(self, fused: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_boolean("fused", fused)
        self.fused = fused

    def get_config(self):
        return {**super().get_config(), "fused": self.fused}
