"""MobileViTv3 in Keras 3, with its forerunners MobileViTv1 and MobileViTv2, on TensorFlow, JAX and PyTorch."""

from keras_mobilevitv3 import backend_check  # isort: skip  # before Keras is imported  # noqa: F401
from keras_mobilevitv3.backbones import VARIANTS, BackboneConfig, build_backbone, list_variants
from keras_mobilevitv3.classification.classifier import (
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
from keras_mobilevitv3.classification.predict_classes import predict_classes
from keras_mobilevitv3.detection.predict_detections import predict_detections
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.detection.ssdlite import SSDLite
from keras_mobilevitv3.preprocessing import (
    EvaluationTransform,
    decode_predictions,
    preprocess_input,
    segmentation_palette,
)
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform
from keras_mobilevitv3.profiler import profile
from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
from keras_mobilevitv3.segmentation.predict_segmentation import predict_segmentation
from keras_mobilevitv3.segmentation.pspnet import PSPNet
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from keras_mobilevitv3.version import __version__
from keras_mobilevitv3.weights import export_checkpoint, load_checkpoint

from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm  # isort: skip
from keras_mobilevitv3.exporting.export_model import export  # isort: skip  # last: it takes the name of its package
