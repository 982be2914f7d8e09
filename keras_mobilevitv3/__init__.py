"""MobileViTv3 in Keras 3, with its forerunners MobileViTv1 and MobileViTv2, on TensorFlow, JAX and PyTorch.

The public names are imported on first use: `import keras_mobilevitv3` alone imports neither Keras nor a backend.
"""

from typing import TYPE_CHECKING

from keras_mobilevitv3.keras_import import after_keras_import as _after_keras_import
from keras_mobilevitv3.registration import register_classes as _register_classes
from keras_mobilevitv3.version import __version__

# For type checkers, editors and the documentation. A test compares it with `__all__` and `_NAMES`.
if TYPE_CHECKING:
    from keras_mobilevitv3.backbones.backbone import build_backbone
    from keras_mobilevitv3.backbones.config import BackboneConfig
    from keras_mobilevitv3.backbones.variants import VARIANTS, list_variants
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
    from keras_mobilevitv3.exporting.export_model import export
    from keras_mobilevitv3.inference.compile_for_inference import compile_for_inference
    from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm
    from keras_mobilevitv3.preprocessing import (
        EvaluationTransform,
        decode_predictions,
        evaluation_transform,
        preprocess_input,
        segmentation_palette,
    )
    from keras_mobilevitv3.profiler import profile
    from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
    from keras_mobilevitv3.segmentation.predict_segmentation import predict_segmentation
    from keras_mobilevitv3.segmentation.pspnet import PSPNet
    from keras_mobilevitv3.segmentation.segmenter import Segmenter
    from keras_mobilevitv3.weights.loading import export_checkpoint, load_checkpoint

__all__ = [
    "BackboneConfig",
    "DeepLabV3",
    "EvaluationTransform",
    "MobileViTS",
    "MobileViTV2_050",
    "MobileViTV2_075",
    "MobileViTV2_100",
    "MobileViTV2_125",
    "MobileViTV2_150",
    "MobileViTV2_175",
    "MobileViTV2_200",
    "MobileViTV3S",
    "MobileViTV3SL2",
    "MobileViTV3XS",
    "MobileViTV3XSL2",
    "MobileViTV3XXS",
    "MobileViTV3XXSL2",
    "MobileViTV3_050",
    "MobileViTV3_075",
    "MobileViTV3_100",
    "MobileViTV3_125",
    "MobileViTV3_150",
    "MobileViTV3_175",
    "MobileViTV3_200",
    "MobileViTXS",
    "MobileViTXXS",
    "PSPNet",
    "SSDDetector",
    "SSDLite",
    "Segmenter",
    "VARIANTS",
    "build_backbone",
    "build_classifier",
    "compile_for_inference",
    "decode_predictions",
    "evaluation_transform",
    "export",
    "export_checkpoint",
    "fuse_batch_norm",
    "list_variants",
    "load_checkpoint",
    "predict_classes",
    "predict_detections",
    "predict_segmentation",
    "preprocess_input",
    "profile",
    "segmentation_palette",
]

# Public names by the module that they are imported from on first use.
_NAMES = {
    "backbones.backbone": "build_backbone",
    "backbones.config": "BackboneConfig",
    "backbones.variants": "VARIANTS list_variants",
    "classification.classifier": (
        "MobileViTS MobileViTV2_050 MobileViTV2_075 MobileViTV2_100 MobileViTV2_125 MobileViTV2_150 "
        "MobileViTV2_175 MobileViTV2_200 MobileViTV3_050 MobileViTV3_075 MobileViTV3_100 MobileViTV3_125 "
        "MobileViTV3_150 MobileViTV3_175 MobileViTV3_200 MobileViTV3S MobileViTV3SL2 MobileViTV3XS "
        "MobileViTV3XSL2 MobileViTV3XXS MobileViTV3XXSL2 MobileViTXS MobileViTXXS build_classifier"
    ),
    "classification.predict_classes": "predict_classes",
    "detection.predict_detections": "predict_detections",
    "detection.ssd_detector": "SSDDetector",
    "detection.ssdlite": "SSDLite",
    "exporting.export_model": "export",
    "inference.compile_for_inference": "compile_for_inference",
    "inference.fuse_batch_norm": "fuse_batch_norm",
    "preprocessing": (
        "EvaluationTransform decode_predictions evaluation_transform preprocess_input segmentation_palette"
    ),
    "profiler": "profile",
    "segmentation.deeplabv3": "DeepLabV3",
    "segmentation.predict_segmentation": "predict_segmentation",
    "segmentation.pspnet": "PSPNet",
    "segmentation.segmenter": "Segmenter",
    "weights.loading": "export_checkpoint load_checkpoint",
}
_WITHOUT_KERAS = {"backbones.config", "backbones.variants"}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:  # otherwise type checkers would take any name for a public one

    def __getattr__(name):
        if name.startswith("_") or not name.isidentifier():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from importlib import import_module
        from importlib.util import find_spec

        if name in _MODULES:
            if _MODULES[name] not in _WITHOUT_KERAS:
                import_module("keras")  # first: so threads that import at once wait until all classes are registered
            value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
            globals()[name] = value
            return value
        if find_spec(f"{__name__}.{name}") is not None:
            return import_module(f"{__name__}.{name}")

        from keras_mobilevitv3.checks import did_you_mean

        # With `name` but without `obj`, Python adds no suggestion of its own.
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{did_you_mean(name, __all__)}", name=name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_after_keras_import(_register_classes)
