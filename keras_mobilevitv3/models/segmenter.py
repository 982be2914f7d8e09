import functools

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Segmenter(keras.Model):
    """A functional model from images to the logits of each pixel, with an auxiliary head in training.

    With an auxiliary head the graph ends in `{"logits": ..., "logits_aux": ...}`. With `training=True` the model
    returns both, and the loss given to `compile` is taken of both, the auxiliary one times its weight. Otherwise it
    returns the logits alone and does not compute the rest. Metrics see the logits alone.

    ```python
    model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    model.fit(images, masks)    # masks: integers of shape (batch, height, width)
    ```

    The loss of Keras is the mean over the pixels that are not ignored, and 0 where all are.

    Args:
        inputs: Keras tensor, the images.
        outputs: Keras tensor, the logits, or a dict as above whose `"logits_aux"` come from an `AuxiliaryOutput`.
        name: Name of the model.

    Raises:
        ValueError: In `fit` and `evaluate`, if masks are not of the size of the logits, or masks given as NumPy arrays
            hold labels outside the classes other than the `ignore_class` of the loss. In data sets it is for the code
            that reads them to check the labels: JAX takes others as ignored, and TensorFlow and PyTorch raise an error
            of their own or, on a GPU, give NaN.
    """

    def call(self, inputs, training=None, mask=None):
        if training or not isinstance(self.output, dict):
            return super().call(inputs, training=training, mask=mask)
        return self._call_without_auxiliary_head(inputs)

    @functools.cached_property
    def _call_without_auxiliary_head(self):
        """A function, as Keras would save a model among the attributes a second time."""
        model = keras.Model(self.input, self.output["logits"], name=self.name)
        return lambda inputs: model(inputs, training=False)

    @functools.cached_property
    def predict_low_resolution(self):
        """Function from a batch of images to NumPy logits at the size of the last feature map."""
        return keras.Model(self.input, self.get_layer("classifier").output, name=self.name).predict_on_batch

    def compute_output_spec(self, inputs, training=None, mask=None):
        outputs = super().compute_output_spec(inputs, training=training, mask=mask)
        return outputs["logits"] if isinstance(outputs, dict) and not training else outputs

    def fit(self, x=None, y=None, *args, **kwargs):
        self._check_labels(y)
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        self._check_labels(y)
        return super().evaluate(x, y, *args, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, auxiliary = (y_pred["logits"], y_pred["logits_aux"]) if isinstance(y_pred, dict) else (y_pred, None)
        if y is not None:
            check_mask_shape(y.shape, logits.shape)
        loss = super().compute_loss(x, y, logits, sample_weight, training)
        if auxiliary is None:
            return loss
        auxiliary_loss = super().compute_loss(x, y, auxiliary, sample_weight, training)
        penalties = sum(ops.sum(penalty) for penalty in self.losses)  # of the weights, which either loss includes
        return loss + self.get_layer("aux_output").loss_weight * (auxiliary_loss - penalties)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        logits = y_pred["logits"] if isinstance(y_pred, dict) else y_pred
        return super().compute_metrics(x, y, logits, sample_weight)

    def _check_labels(self, masks):
        if isinstance(masks, np.ndarray) and masks.dtype.kind in "iu" and masks.ndim >= 3:
            logits = self.output["logits"] if isinstance(self.output, dict) else self.output
            if masks.ndim == 3 or masks.shape[-1] == 1:
                check_mask_labels(masks, logits.shape[-1], getattr(self.loss, "ignore_class", None))


# By which name alone `.h5` files call it.
keras.saving.get_custom_objects()["Segmenter"] = Segmenter


def check_mask_shape(shape, logits_shape):
    """Raises `ValueError` unless masks have the size of the logits; unknown sizes pass.

    Args:
        shape: Shape of the masks: `(batch, height, width)`, with or without 1 or the number of classes behind.
        logits_shape: Shape of the logits, `(batch, height, width, classes)`.
    """
    shape, (_, *size, classes) = tuple(shape), tuple(logits_shape)
    fits = len(shape) in (3, 4) and all(
        known is None or expected is None or known == expected for known, expected in zip(shape[1:3], size)
    )
    if not fits or (len(shape) == 4 and shape[3] not in (1, classes)):
        raise ValueError(
            f"Masks must be of the size of the logits, (batch, {size[0]}, {size[1]}), one label for each pixel. "
            f"Received: masks of shape {shape}"
        )


def check_mask_labels(masks, classes, ignore_class):
    """Raises `ValueError` if masks hold labels outside the classes.

    Args:
        masks: Integer NumPy array.
        classes: Integer, number of classes.
        ignore_class: Integer, label of the pixels that count nowhere, or `None`.
    """
    outside = np.unique(masks[(masks < 0) | (masks >= classes)])
    wrong = [label for label in outside.tolist() if label != ignore_class]
    if wrong:
        raise ValueError(
            f"Masks must hold labels from 0 to {classes - 1}, or `ignore_class` of the loss. "
            f"Received: labels {wrong}, ignore_class={ignore_class}"
        )
