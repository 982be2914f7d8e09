from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.interop.compiled_detector import CompiledDetector
from keras_mobilevitv3.interop.published_optimizer import published_optimizer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTRetinaNetObjectDetector(CompiledDetector, keras_hub.models.RetinaNetObjectDetector):
    """`keras_hub.models.RetinaNetObjectDetector` with the methods of `CompiledDetector`.

    The arguments are those of `keras_hub.models.RetinaNetObjectDetector`. The backbone is a
    `keras_hub.models.RetinaNetBackbone` with a `MobileViTBackbone` as image encoder.
    """

    backbone_cls = None  # KerasHub does not load presets of other backbones into this class
    loss_keys = {"box_loss": "bbox_regression", "classification_loss": "cls_logits"}

    def __init__(self, backbone: Model, num_classes: int, *args: Any, compile: bool = True, **kwargs: Any) -> None:
        super().__init__(backbone, num_classes, *args, compile=False, **kwargs)
        if compile:  # `compile` needs `self.backbone`
            self.compile()

    def compile(self, optimizer="auto", **kwargs):
        """Compiles the task with the losses of KerasHub. The optimizer `"auto"` stands for `published_optimizer`."""
        if optimizer == "auto":
            optimizer = published_optimizer("detection", self.backbone.image_encoder.network_config.family)
        super().compile(optimizer, **kwargs)
