from typing import Any

import keras


class CompiledDetector:
    """Mixin for the detectors of KerasCV and KerasHub: saved detectors load compiled, and detect on batches.

    List this class before the detector class of KerasCV or KerasHub. The `compile` method of these detectors takes
    separate losses for boxes and classes, which Keras cannot restore from a file: this class restores them. Their
    `decode_predictions` accepts neither a batch of images and targets nor the data that `predict_on_batch` passes: this
    class passes only the images.
    """

    # Attributes of the detector class, for type checkers.
    compile: Any
    optimizer: Any
    trainable_variables: Any

    # From argument of `compile` to key of the dict of losses in the saved config.
    loss_keys = {"box_loss": "box", "classification_loss": "classification"}

    def compile_from_config(self, config):
        settings = keras.saving.deserialize_keras_object(config)
        losses = settings.pop("loss")
        self.compile(**settings, **{argument: losses[key] for argument, key in self.loss_keys.items()})
        self.optimizer.build(self.trainable_variables)

    def decode_predictions(self, predictions, data):
        return super().decode_predictions(predictions, _images(data))  # type: ignore[misc]  # a method of the detector


def _images(data):
    """Returns the images of the data of a step: images, or images and targets, in a tuple or a dict."""
    while isinstance(data, (tuple, list, dict)):
        data = data["images"] if isinstance(data, dict) else data[0]
    return data
