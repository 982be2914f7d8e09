"""MobileViT networks in KerasHub: the backbone, the image converter, and tasks that are compiled for training."""

try:
    import keras_hub as _keras_hub
except ImportError as error:
    raise ImportError(
        "`keras_mobilevitv3.interop.keras_hub` needs KerasHub: `pip install keras-mobilevitv3[keras-hub]`. "
        f"Importing it failed with: {error}"
    ) from error

from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.build_deeplab_v3 import DropoutDeepLabV3ImageSegmenter, deeplab_v3
from keras_mobilevitv3.interop.keras_hub.build_image_classifier import image_classifier
from keras_mobilevitv3.interop.keras_hub.build_retinanet import retinanet
from keras_mobilevitv3.interop.keras_hub.image_converter import MobileViTImageConverter
from keras_mobilevitv3.interop.keras_hub.mobilevit_image_classifier import (
    MobileViTImageClassifier,
    MobileViTImageClassifierPreprocessor,
)
from keras_mobilevitv3.interop.keras_hub.pixel_accuracy import PixelAccuracy
from keras_mobilevitv3.interop.keras_hub.retinanet_detector import MobileViTRetinaNetObjectDetector
