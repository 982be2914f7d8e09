import keras
import keras_hub

from keras_mobilevitv3.interop.compiled_detector import CompiledDetector
from keras_mobilevitv3.interop.published_optimizer import published_optimizer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTRetinaNetObjectDetector(CompiledDetector, keras_hub.models.RetinaNetObjectDetector):
    """`keras_hub.models.RetinaNetObjectDetector` with what `CompiledDetector` adds, and its arguments.

    Its backbone is a `keras_hub.models.RetinaNetBackbone` on a `MobileViTBackbone`.
    """

    backbone_cls = None  # so that presets of KerasHub's own networks are never given to this class
    loss_keys = {"box_loss": "bbox_regression", "classification_loss": "cls_logits"}

    def __init__(self, backbone, num_classes, *args, compile=True, **kwargs):
        super().__init__(backbone, num_classes, *args, compile=False, **kwargs)
        if compile:  # now that there is a backbone to ask
            self.compile()

    def compile(self, optimizer="auto", **kwargs):
        """Compiles the task; `"auto"` is `published_optimizer`, and the losses of KerasHub."""
        if optimizer == "auto":
            optimizer = published_optimizer("detection", self.backbone.image_encoder.network_config.family)
        super().compile(optimizer, **kwargs)
