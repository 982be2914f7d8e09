"""MobileViT backbones in the models of KerasCV 0.9. With any backend, KerasCV needs an installed TensorFlow."""

try:
    import keras_cv as _keras_cv
except ImportError as error:
    raise ImportError(
        "`keras_mobilevitv3.interop.keras_cv` needs KerasCV and TensorFlow, also with other backends: "
        f"`pip install keras-mobilevitv3[keras-cv]`. Importing it failed with: {error}"
    ) from error

from keras_mobilevitv3.interop.keras_cv.backbone_model import KerasCVBackbone, backbone
from keras_mobilevitv3.interop.keras_cv.detection_decoder import KerasCVNonMaxSuppression
from keras_mobilevitv3.interop.keras_cv.detection_models import retinanet, yolo_v8
from keras_mobilevitv3.interop.keras_cv.detectors import KerasCVRetinaNet, KerasCVYOLOV8Detector
from keras_mobilevitv3.interop.keras_cv.logits_segformer import KerasCVSegFormer
from keras_mobilevitv3.interop.keras_cv.segmentation_models import deeplab_v3_plus, segformer

# Models of KerasCV 0.9 that do not take custom backbones: the reason, and what to use instead.
UNAVAILABLE = {
    "faster_rcnn": "KerasCV 0.9 no longer has FasterRCNN; use `retinanet` or `yolo_v8`",
    "center_net": "KerasCV 0.9 has no CenterNet for images; use `retinanet` or `yolo_v8`",
    "basnet": "KerasCV's BASNet takes ResNets only; use `deeplab_v3_plus` or `segformer`",
}


def __getattr__(name):
    reason = f": {UNAVAILABLE[name]}" if name in UNAVAILABLE else ""
    raise AttributeError(f"module `{__name__}` has no attribute `{name}`{reason}")
