import keras


class CompiledDetector:
    """What the detectors of KerasCV and KerasHub lack: being loaded as they were compiled, and detections on batches.

    A base class before one of theirs. Their `compile` takes a loss of the boxes and one of the classes, which Keras
    cannot hand back to it, and their `decode_predictions` takes neither a batch of images and targets nor what
    `predict_on_batch` makes of images.
    """

    # Argument of `compile`, and its key among the losses.
    loss_keys = {"box_loss": "box", "classification_loss": "classification"}

    def compile_from_config(self, config):
        settings = keras.saving.deserialize_keras_object(config)
        losses = settings.pop("loss")
        self.compile(**settings, **{argument: losses[key] for argument, key in self.loss_keys.items()})
        self.optimizer.build(self.trainable_variables)

    def decode_predictions(self, predictions, data):
        return super().decode_predictions(predictions, _images(data))


def _images(data):
    """The images of what a step is given: images, or images and targets, in a tuple or a dict."""
    while isinstance(data, (tuple, list, dict)):
        data = data["images"] if isinstance(data, dict) else data[0]
    return data
