import functools
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Shape
from keras_mobilevitv3.backbones.trained_on_targets import TrainedOnTargets
from keras_mobilevitv3.checks import check_not_negative


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Segmenter(TrainedOnTargets, keras.Model):
    """Functional model from images to the logits of each pixel, with an optional auxiliary head for training.

    With an auxiliary head the outputs of the graph are `{"logits": ..., "logits_aux": ...}`. With `training=True` the
    model returns both outputs. The total loss is the loss of the main logits plus `aux_weight` times the loss of the
    auxiliary logits. With `training=False` the model returns only the main logits and skips the auxiliary head. Metrics
    use only the main logits.

    Inside another model, such as `keras.distillation.Distiller`, or in a `keras.StatelessScope`, the model returns only
    the main logits, and labels do not train the auxiliary head. `stateless_call` with `training=True` returns both
    outputs.

    ```python
    model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    model.fit(images, masks)    # masks: integers of shape (batch, height, width)
    ```

    The loss is the mean over all pixels that are not ignored. If all pixels are ignored, the loss is 0. The weights of
    images, pixels and classes (`sample_weight`, `class_weight`) multiply the losses of the pixels of both heads.

    A segmenter with one class returns the logit of the foreground. Train such a segmenter with
    `keras.losses.BinaryCrossentropy(from_logits=True)` and masks of 0 and 1 (integers, booleans or floats).

    Args:
        inputs: Keras tensor, the images.
        outputs: Keras tensor, the logits; or a dict with the keys `"logits"` and `"logits_aux"`, where `"logits_aux"`
            is the output of an `AuxiliaryOutput` layer.
        name: Name of the model.

    Raises:
        ValueError: In `compile`, if `loss` holds several losses, if `loss` is a Keras loss that expects probabilities,
            if `loss` is always 0 for one class, or if `loss_weights` is not `None`. In `fit`, `evaluate`,
            `train_on_batch` and `test_on_batch`, if `class_weight` is not as stated, if masks do not have the size of
            the logits, or if masks that are NumPy arrays (`validation_data` included) hold labels that are neither
            classes nor the `ignore_class` of the loss. Labels in data sets are not checked. With wrong labels, JAX
            ignores the pixels; TensorFlow and PyTorch raise an error, or return NaN on a GPU.
    """

    _returns_only_main_logits = False
    _class_weights = None

    def __call__(self, *args, **kwargs):
        outermost = self._get_call_context().entry_layer  # private method of Keras
        is_symbolic = any(map(keras.utils.is_keras_tensor, keras.tree.flatten((args, kwargs))))  # inside another model
        self._returns_only_main_logits = outermost is not self or is_symbolic or _in_stateless_call()
        try:
            return super().__call__(*args, **kwargs)
        finally:
            self._returns_only_main_logits = False
            if outermost is self:
                self._maybe_reset_call_context()

    def call(self, inputs, training=None, mask=None):
        if (training and not self._returns_only_main_logits) or not isinstance(self.output, dict):
            return super().call(inputs, training=training, mask=mask)
        return self._call_without_auxiliary_head(inputs, training)

    @functools.cached_property
    def _call_without_auxiliary_head(self):
        """Function from images to the main logits. Keras would save an attribute that is a model a second time."""
        model = keras.Model(self.input, self.output["logits"], name=self.name)
        return lambda inputs, training: model(inputs, training=bool(training))

    @functools.cached_property
    def predict_low_resolution(self):
        """Function from a batch of images to NumPy logits at the size of the last feature map."""
        return keras.Model(self.input, self.get_layer("classifier").output, name=self.name).predict_on_batch

    def compute_output_spec(self, inputs, training=None, mask=None):
        outputs = super().compute_output_spec(inputs, training=training, mask=mask)
        only_logits = not training or self._returns_only_main_logits
        return outputs["logits"] if isinstance(outputs, dict) and only_logits else outputs

    @property
    def classes(self) -> int:
        """Integer, number of classes."""
        return (self.output["logits"] if isinstance(self.output, dict) else self.output).shape[-1]

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, **kwargs):
        check_loss(loss, self.classes)
        if loss_weights is not None:
            raise ValueError(
                "`loss_weights` must be None: `aux_weight` of the builder is the weight of the auxiliary loss. "
                f"Received: loss_weights={loss_weights!r}"
            )
        super().compile(optimizer, loss, **kwargs)

    def fit(self, x=None, y=None, *args, class_weight=None, **kwargs):
        if class_weight is None:
            return super().fit(x, y, *args, **kwargs)
        weights = class_weights(class_weight, self.classes)
        if y is not None:
            kwargs["sample_weight"] = _numpy_pixel_weights(weights, y, kwargs.get("sample_weight"))
            return super().fit(x, y, *args, **kwargs)
        with self._use_class_weights(weights):
            return super().fit(x, y, *args, **kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        if class_weight is not None:
            sample_weight = _numpy_pixel_weights(class_weights(class_weight, self.classes), y, sample_weight)
        return super().train_on_batch(x, y, sample_weight, return_dict=return_dict)

    @contextmanager
    def _use_class_weights(self, weights):
        """Applies class weights during `fit` on a data set. Keras would treat the last axis of masks as classes."""
        self._class_weights = weights
        self.reset_compiled_functions()
        try:
            yield
        finally:
            self._class_weights = None
            self.reset_compiled_functions()

    def train_step(self, *state_and_data):
        *state, data = state_and_data  # only JAX passes a state
        if self._class_weights is not None:
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
            data = (x, y, _pixel_weights(self._class_weights, y, sample_weight))
        return super().train_step(*state, data)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, auxiliary = (y_pred["logits"], y_pred["logits_aux"]) if isinstance(y_pred, dict) else (y_pred, None)
        if y is not None:
            check_mask_shape(y.shape, logits.shape)
            y = _add_class_axis(y, self.classes)
        weights, auxiliary_weights = (_broadcast_to_pixels(sample_weight, y) for _ in range(2))
        loss = super().compute_loss(x, y, logits, weights, training)
        if auxiliary is None:
            return loss
        auxiliary_loss = super().compute_loss(x, y, auxiliary, auxiliary_weights, training)
        penalties = sum(ops.sum(penalty) for penalty in self.losses)  # regularization, included in both losses
        return loss + self.get_layer("aux_output").loss_weight * (auxiliary_loss - penalties)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        logits = y_pred["logits"] if isinstance(y_pred, dict) else y_pred
        masks = _add_class_axis(y, self.classes)
        return super().compute_metrics(x, masks, logits, _broadcast_to_pixels(sample_weight, y))

    def check_targets(self, masks, of_batch=False):
        if isinstance(masks, np.ndarray) and (masks.ndim == 3 or (masks.ndim == 4 and masks.shape[-1] == 1)):
            check_mask_labels(masks, self.classes, getattr(self.loss, "ignore_class", None))


def _in_stateless_call():
    """Returns `True` inside a `keras.StatelessScope`.

    Keras' trainer for JAX runs a model by `stateless_call`, which opens such a scope and calls the model in the scope.
    """
    with keras.StatelessScope(initialize_variables=False) as scope:
        return scope.original_scope is not None


# `.h5` files refer to the class by this name, without a package.
keras.saving.get_custom_objects()["Segmenter"] = Segmenter


def check_loss(loss: Any, classes: int) -> None:
    """Raises `ValueError` unless a loss can train a segmenter.

    Args:
        loss: Argument of `compile`.
        classes: Integer, number of classes.
    """
    if isinstance(loss, dict | list | tuple):
        raise ValueError(
            f"`loss` must be a single loss, which both heads of the segmenter share. Received: loss={loss!r}"
        )
    loss_object = keras.losses.get(loss) if isinstance(loss, str) else loss
    name = getattr(loss_object, "__name__", type(loss_object).__name__)
    expects_probabilities = (
        not loss_object.get_config().get("from_logits", True)
        if isinstance(loss_object, keras.losses.Loss)
        else getattr(loss_object, "__module__", "").startswith("keras.") and "crossentropy" in name
    )
    if expects_probabilities:
        raise ValueError(
            "`loss` must take logits, such as keras.losses."
            f"{'BinaryCrossentropy' if classes == 1 else 'SparseCategoricalCrossentropy'}(from_logits=True). "
            f"Received: loss={loss!r}, which expects probabilities"
        )
    if classes == 1 and "categorical" in name.lower():
        raise ValueError(
            "`loss` must be a binary loss for a segmenter of one class, such as "
            f"keras.losses.BinaryCrossentropy(from_logits=True). Received: loss={loss!r}, which is always 0"
        )


def class_weights(class_weight: Mapping[int, float], classes: int) -> tuple[float, ...]:
    """Returns the weight of each class, followed by the weight 1 of pixels without a class.

    Args:
        class_weight: Dict from class to weight. The weight of a class that is missing is 1.
        classes: Integer, number of classes.

    Returns:
        Tuple of floats.

    Raises:
        ValueError: If `class_weight` is not as stated.
    """
    count = max(classes, 2)
    if not isinstance(class_weight, dict):
        raise ValueError(f"`class_weight` must be a dict from class to weight. Received: class_weight={class_weight!r}")
    wrong = [label for label in class_weight if label not in range(count)]
    if wrong:
        raise ValueError(f"`class_weight` must have keys from 0 to {count - 1}. Received: keys {wrong}")
    for label, weight in class_weight.items():
        check_not_negative(f"class_weight[{label}]", weight.item() if isinstance(weight, np.generic) else weight)
    return (*(float(class_weight.get(label, 1.0)) for label in range(count)), 1.0)


def _numpy_pixel_weights(weights, masks, sample_weight):
    """Returns the result of `_pixel_weights` as a NumPy array."""
    return ops.convert_to_numpy(_pixel_weights(weights, ops.convert_to_tensor(masks), sample_weight))


def _pixel_weights(weights, masks, sample_weight):
    """Returns the weight of the class of each pixel, times `sample_weight` unless `sample_weight` is `None`."""
    by_class = _weights_by_class(weights, masks)
    if sample_weight is None:
        return by_class
    return by_class * _broadcast_to_pixels(ops.cast(sample_weight, by_class.dtype), masks)


def _weights_by_class(weights, masks):
    """Returns the weight of the class of each pixel, `(batch, height, width)`.

    Masks hold labels or one-hot vectors.
    """
    if len(masks.shape) == 4:
        masks = masks[..., 0] if masks.shape[-1] == 1 else ops.argmax(masks, axis=-1)
    labels, void = ops.cast(masks, "int32"), len(weights) - 1
    is_class = ops.logical_and(labels >= 0, labels < void)
    if keras.backend.is_float_dtype(masks.dtype):  # values between 0 and 1 are no class
        is_class = ops.logical_and(is_class, ops.cast(labels, masks.dtype) == masks)
    return ops.take(ops.convert_to_tensor(weights, dtype="float32"), ops.where(is_class, labels, void))


def _add_class_axis(masks, classes):
    """Adds a last axis of size 1, as in the logits, to masks of one class."""
    if masks is None or classes > 1 or len(masks.shape) == 4:
        return masks
    return ops.expand_dims(masks, -1)


def _broadcast_to_pixels(sample_weight, masks):
    """Returns weights of images or pixels as weights of pixels.

    The result is a copy: on PyTorch Keras changes the weights in place.
    """
    if sample_weight is None:
        return None
    sample_weight = ops.convert_to_tensor(sample_weight)  # `train_on_batch` passes an array
    if len(sample_weight.shape) == 4:
        sample_weight = sample_weight[..., 0]
    if len(sample_weight.shape) < 3:
        sample_weight = ops.reshape(sample_weight, (-1, 1, 1))
    return sample_weight * ops.ones(ops.shape(masks)[:3], sample_weight.dtype)


def check_mask_shape(shape: Shape, logits_shape: Shape) -> None:
    """Raises `ValueError` unless masks have the size of the logits. Unknown sizes are valid.

    Args:
        shape: Shape of the masks: `(batch, height, width)`, `(batch, height, width, 1)` or
            `(batch, height, width, classes)`.
        logits_shape: Shape of the logits, `(batch, height, width, classes)`.
    """
    shape, (_, *size, classes) = tuple(shape), tuple(logits_shape)
    fits = len(shape) in (3, 4) and all(
        side is None or expected is None or side == expected for side, expected in zip(shape[1:3], size)
    )
    if not fits or (len(shape) == 4 and shape[3] not in (1, classes)):
        raise ValueError(
            f"Masks must have the size of the logits, (batch, {size[0]}, {size[1]}), with one label for each pixel. "
            f"Received: masks of shape {shape}"
        )


def check_mask_labels(masks: np.ndarray, classes: int, ignore_class: int | None) -> None:
    """Raises `ValueError` unless all labels of masks are classes or `ignore_class`.

    Args:
        masks: NumPy array of labels. For one class, values from 0 to 1.
        classes: Integer, number of classes.
        ignore_class: Integer, label of the pixels that the loss ignores, or `None`.
    """
    if masks.dtype.kind == "b":
        return
    outside = (masks < 0) | (masks > max(classes, 2) - 1) | (masks != masks)
    if classes > 1:
        outside |= masks != np.floor(masks)
    wrong = [label for label in np.unique(masks[outside]).tolist() if label != ignore_class]
    if wrong and classes == 1:
        raise ValueError(
            "Masks of one class must hold 0 for the background and 1 for the foreground; to ignore pixels, pass a "
            f"`sample_weight` of 0. Received: {_first_ten(wrong)}"
        )
    if wrong:
        raise ValueError(
            f"Masks must hold labels from 0 to {classes - 1}, or the `ignore_class` of the loss. "
            f"Received: labels {_first_ten(wrong)}, ignore_class={ignore_class}"
        )


def _first_ten(values):
    return values if len(values) <= 10 else f"{values[:10]} and {len(values) - 10} more"
