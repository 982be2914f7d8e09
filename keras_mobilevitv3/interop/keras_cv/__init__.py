"""MobileViT backbones in the models of KerasCV 0.9; KerasCV needs TensorFlow installed on every backend."""

try:
    import keras_cv as _keras_cv
except ImportError as error:
    raise ImportError(
        "`keras_mobilevitv3.interop.keras_cv` needs KerasCV, and TensorFlow beside the backend: "
        f"`pip install keras-mobilevitv3[keras-cv]`. Importing it failed with: {error}"
    ) from error

from keras_mobilevitv3.interop.keras_cv.backbone_model import KerasCVBackbone, backbone
from keras_mobilevitv3.interop.keras_cv.detection_decoder import KerasCVNonMaxSuppression
from keras_mobilevitv3.interop.keras_cv.detection_models import retinanet, yolo_v8
from keras_mobilevitv3.interop.keras_cv.detectors import KerasCVRetinaNet, KerasCVYOLOV8Detector
from keras_mobilevitv3.interop.keras_cv.logits_segformer import KerasCVSegFormer
from keras_mobilevitv3.interop.keras_cv.segmentation_models import deeplab_v3_plus, segformer

# Models that KerasCV 0.9 does not build on backbones of others: why, and what to use instead.
UNAVAILABLE = {
    "faster_rcnn": "KerasCV 0.9 no longer has FasterRCNN; use `retinanet` or `yolo_v8`",
    "center_net": "KerasCV 0.9 has no CenterNet for images; use `retinanet` or `yolo_v8`",
    "basnet": "KerasCV's BASNet takes ResNets only; use `deeplab_v3_plus` or `segformer`",
}


def __getattr__(name):
    reason = UNAVAILABLE.get(name, "it is not there")
    raise AttributeError(f"`{__name__}` has no `{name}`: {reason}")
