"""The detectors of KerasCV as the builders of this package make them."""

import keras
import keras_cv

from keras_mobilevitv3.interop.compiled_detector import CompiledDetector


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVRetinaNet(CompiledDetector, keras_cv.models.RetinaNet):
    """`keras_cv.models.RetinaNet` with what `CompiledDetector` adds, and its arguments."""


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVYOLOV8Detector(CompiledDetector, keras_cv.models.YOLOV8Detector):
    """`keras_cv.models.YOLOV8Detector` with what `CompiledDetector` adds, and its arguments."""

    loss_keys = {"box_loss": "box", "classification_loss": "class"}

    def get_compile_config(self):
        weights = ("box_loss_weight", "classification_loss_weight")
        return {**super().get_compile_config(), **{name: getattr(self, name) for name in weights}}
