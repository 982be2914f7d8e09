"""MobileViTv3 in Keras 3, with its forerunners MobileViTv1 and MobileViTv2, on TensorFlow, JAX and PyTorch."""

from keras_mobilevitv3 import backend_check  # isort: skip  # before Keras is imported  # noqa: F401
from keras_mobilevitv3.backbones import VARIANTS, BackboneConfig, build_backbone, list_variants
from keras_mobilevitv3.models import (
    DeepLabV3,
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
    PSPNet,
    Segmenter,
    SSDDetector,
    SSDLite,
    build_classifier,
    predict_classes,
    predict_detections,
    predict_segmentation,
)
from keras_mobilevitv3.preprocessing import (
    EvaluationTransform,
    decode_predictions,
    evaluation_transform,
    preprocess_input,
    segmentation_palette,
)
from keras_mobilevitv3.profiler import profile
from keras_mobilevitv3.version import __version__
from keras_mobilevitv3.weights import export_checkpoint, load_checkpoint

from keras_mobilevitv3.export.fuse import fuse_batch_norm  # isort: skip
from keras_mobilevitv3.export.export_model import export  # isort: skip  # last: it takes the name of its package
