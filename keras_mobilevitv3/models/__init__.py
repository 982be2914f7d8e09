"""Complete models, used as those of `keras.applications`."""

from keras_mobilevitv3.models.classifier import (
    MobileViTS,
    MobileViTV2_050,
    MobileViTV2_075,
    MobileViTV2_100,
    MobileViTV2_125,
    MobileViTV2_150,
    MobileViTV2_175,
    MobileViTV2_200,
    MobileViTV3_050,
    MobileViTV3_075,
    MobileViTV3_100,
    MobileViTV3_125,
    MobileViTV3_150,
    MobileViTV3_175,
    MobileViTV3_200,
    MobileViTV3S,
    MobileViTV3SL2,
    MobileViTV3XS,
    MobileViTV3XSL2,
    MobileViTV3XXS,
    MobileViTV3XXSL2,
    MobileViTXS,
    MobileViTXXS,
    build_classifier,
)
from keras_mobilevitv3.models.deeplabv3 import DeepLabV3
from keras_mobilevitv3.models.detector import SSDLite
from keras_mobilevitv3.models.predict_classes import predict_classes
from keras_mobilevitv3.models.predict_detections import predict_detections
from keras_mobilevitv3.models.predict_segmentation import predict_segmentation
from keras_mobilevitv3.models.pspnet import PSPNet
from keras_mobilevitv3.models.segmenter import Segmenter
from keras_mobilevitv3.models.ssd_detector import SSDDetector
