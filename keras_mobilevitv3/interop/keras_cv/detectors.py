"""Detectors of KerasCV that load compiled from `.keras` files."""

import keras
import keras_cv

from keras_mobilevitv3.interop.compiled_detector import CompiledDetector


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVCIoULoss(keras_cv.losses.CIoULoss):
    """`keras_cv.losses.CIoULoss` with `bounding_box_format` in the config. Keras needs it to load the loss."""

    def get_config(self):
        return {**super().get_config(), "bounding_box_format": self.bounding_box_format}


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVRetinaNet(CompiledDetector, keras_cv.models.RetinaNet):
    """`keras_cv.models.RetinaNet` with the methods of `CompiledDetector`. The arguments are the same."""


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class KerasCVYOLOV8Detector(CompiledDetector, keras_cv.models.YOLOV8Detector):
    """`keras_cv.models.YOLOV8Detector` with the methods of `CompiledDetector`. The arguments are the same."""

    loss_keys = {"box_loss": "box", "classification_loss": "class"}

    def compile(self, box_loss, *args, **kwargs):
        """Compiles the model with the arguments of `keras_cv.models.YOLOV8Detector.compile`."""
        if box_loss == "ciou":
            box_loss = KerasCVCIoULoss("xyxy", reduction="sum")
        super().compile(box_loss, *args, **kwargs)

    def get_compile_config(self):
        weights = ("box_loss_weight", "classification_loss_weight")
        return {**super().get_compile_config(), **{name: getattr(self, name) for name in weights}}
