import functools
from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.backbones.trained_on_targets import TrainedOnTargets
from keras_mobilevitv3.checks import check_not_negative


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Segmenter(TrainedOnTargets, keras.Model):
    """A functional model from images to the logits of each pixel, with an auxiliary head in training.

    With an auxiliary head the graph ends in `{"logits": ..., "logits_aux": ...}`. With `training=True` the model
    returns both, and the loss given to `compile` is taken of both, the auxiliary one times its weight. Otherwise it
    returns the logits alone and does not compute the rest. Inside another model, such as
    `keras.distillation.Distiller`, or in a `keras.StatelessScope` it returns the logits alone in training too, and
    labels do not train the auxiliary head; `stateless_call` returns both. Metrics see the logits alone.

    ```python
    model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    model.fit(images, masks)    # masks: integers of shape (batch, height, width)
    ```

    The loss of Keras is the mean over the pixels that are not ignored, and 0 where all are. Weights of images, pixels
    or classes (`sample_weight`, `class_weight`) multiply the losses of the pixels, the auxiliary ones too.

    A segmenter of one class gives the logit of the foreground. It learns by
    `keras.losses.BinaryCrossentropy(from_logits=True)` from masks of 0 and 1, integers, booleans or floats.

    Args:
        inputs: Keras tensor, the images.
        outputs: Keras tensor, the logits, or a dict as above whose `"logits_aux"` come from an `AuxiliaryOutput`.
        name: Name of the model.

    Raises:
        ValueError: In `compile`, if `loss` is several losses, or one of Keras' that expects probabilities, or that one
            class makes 0; or if `loss_weights` are given. In `fit`, `evaluate`, `train_on_batch` and `test_on_batch`,
            if `class_weight` is not as stated, masks are not of the size of the logits, or masks given as NumPy arrays,
            also as `validation_data`, hold labels outside the classes other than the `ignore_class` of the loss. In
            data sets it is for the code that reads them to check the labels: JAX takes others as ignored, and
            TensorFlow and PyTorch raise an error of their own or, on a GPU, give NaN.
    """

    _gives_logits_alone = False
    _class_weights = None

    def __call__(self, *args, **kwargs):
        outermost = self._get_call_context().entry_layer  # private to Keras
        is_symbolic = any(map(keras.utils.is_keras_tensor, keras.tree.flatten((args, kwargs))))  # for a model around it
        self._gives_logits_alone = outermost is not self or is_symbolic or _in_stateless_call()
        try:
            return super().__call__(*args, **kwargs)
        finally:
            self._gives_logits_alone = False
            if outermost is self:
                self._maybe_reset_call_context()

    def call(self, inputs, training=None, mask=None):
        if (training and not self._gives_logits_alone) or not isinstance(self.output, dict):
            return super().call(inputs, training=training, mask=mask)
        return self._call_without_auxiliary_head(inputs, training)

    @functools.cached_property
    def _call_without_auxiliary_head(self):
        """A function, as Keras would save a model among the attributes a second time."""
        model = keras.Model(self.input, self.output["logits"], name=self.name)
        return lambda inputs, training: model(inputs, training=bool(training))

    @functools.cached_property
    def predict_low_resolution(self):
        """Function from a batch of images to NumPy logits at the size of the last feature map."""
        return keras.Model(self.input, self.get_layer("classifier").output, name=self.name).predict_on_batch

    def compute_output_spec(self, inputs, training=None, mask=None):
        outputs = super().compute_output_spec(inputs, training=training, mask=mask)
        only_logits = not training or self._gives_logits_alone
        return outputs["logits"] if isinstance(outputs, dict) and only_logits else outputs

    @property
    def classes(self):
        """Integer, number of classes."""
        return (self.output["logits"] if isinstance(self.output, dict) else self.output).shape[-1]

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, **kwargs):
        check_loss(loss, self.classes)
        if loss_weights is not None:
            raise ValueError(
                "`loss_weights` must be None: there is one loss, and `aux_weight` of the builder weighs that of the "
                f"auxiliary head. Received: loss_weights={loss_weights!r}"
            )
        super().compile(optimizer, loss, **kwargs)

    def fit(self, x=None, y=None, *args, class_weight=None, **kwargs):
        if class_weight is None:
            return super().fit(x, y, *args, **kwargs)
        weights = class_weights(class_weight, self.classes)
        if y is not None:
            kwargs["sample_weight"] = _with_classes(weights, y, kwargs.get("sample_weight"))
            return super().fit(x, y, *args, **kwargs)
        with self._weighing_classes(weights):
            return super().fit(x, y, *args, **kwargs)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        if class_weight is not None:
            sample_weight = _with_classes(class_weights(class_weight, self.classes), y, sample_weight)
        return super().train_on_batch(x, y, sample_weight, return_dict=return_dict)

    @contextmanager
    def _weighing_classes(self, weights):
        """For a training on a data set; Keras itself would take the last axis of masks for classes."""
        self._class_weights = weights
        self.reset_compiled_functions()
        try:
            yield
        finally:
            self._class_weights = None
            self.reset_compiled_functions()

    def train_step(self, *state_and_data):
        *state, data = state_and_data  # the state on JAX only
        if self._class_weights is not None:
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
            data = (x, y, _times_classes(self._class_weights, y, sample_weight))
        return super().train_step(*state, data)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, auxiliary = (y_pred["logits"], y_pred["logits_aux"]) if isinstance(y_pred, dict) else (y_pred, None)
        if y is not None:
            check_mask_shape(y.shape, logits.shape)
            y = _as_logits(y, self.classes)
        weights, weights_again = (_of_pixels(sample_weight, y) for _ in range(2))
        loss = super().compute_loss(x, y, logits, weights, training)
        if auxiliary is None:
            return loss
        auxiliary_loss = super().compute_loss(x, y, auxiliary, weights_again, training)
        penalties = sum(ops.sum(penalty) for penalty in self.losses)  # of the weights, which either loss includes
        return loss + self.get_layer("aux_output").loss_weight * (auxiliary_loss - penalties)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        logits = y_pred["logits"] if isinstance(y_pred, dict) else y_pred
        return super().compute_metrics(x, _as_logits(y, self.classes), logits, _of_pixels(sample_weight, y))

    def check_targets(self, masks, of_batch=False):
        if isinstance(masks, np.ndarray) and (masks.ndim == 3 or (masks.ndim == 4 and masks.shape[-1] == 1)):
            check_mask_labels(masks, self.classes, getattr(self.loss, "ignore_class", None))


def _in_stateless_call():
    """Whether a model is run by `stateless_call`, as in Keras' trainer for JAX, which calls that model by `call`."""
    with keras.StatelessScope(initialize_variables=False) as scope:
        return scope.original_scope is not None


# By which name alone `.h5` files call it.
keras.saving.get_custom_objects()["Segmenter"] = Segmenter


def check_loss(loss, classes):
    """Raises `ValueError` if a segmenter cannot learn by a loss.

    Args:
        loss: The argument of `compile`.
        classes: Integer, number of classes.
    """
    if isinstance(loss, dict | list | tuple):
        raise ValueError(f"`loss` must be one loss; the auxiliary head has the same. Received: loss={loss!r}")
    known = keras.losses.get(loss) if isinstance(loss, str) else loss
    name = getattr(known, "__name__", type(known).__name__)
    wants_probabilities = (
        not known.get_config().get("from_logits", True)
        if isinstance(known, keras.losses.Loss)
        else getattr(known, "__module__", "").startswith("keras.") and "crossentropy" in name
    )
    if wants_probabilities:
        raise ValueError(
            "`loss` must take logits, such as keras.losses."
            f"{'BinaryCrossentropy' if classes == 1 else 'SparseCategoricalCrossentropy'}(from_logits=True). "
            f"Received: loss={loss!r}, which takes probabilities"
        )
    if classes == 1 and "categorical" in name.lower():
        raise ValueError(
            "`loss` of a segmenter of one class must be a binary one, such as "
            f"keras.losses.BinaryCrossentropy(from_logits=True). Received: loss={loss!r}, which is always 0"
        )


def class_weights(class_weight, classes):
    """The weight of each class, followed by 1 for void pixels.

    Args:
        class_weight: Dict from class to weight; classes that are left out have 1.
        classes: Integer, number of classes.

    Returns:
        Tuple of floats.

    Raises:
        ValueError: If it is no such dict.
    """
    count = max(classes, 2)
    if not isinstance(class_weight, dict):
        raise ValueError(f"`class_weight` must be a dict from class to weight. Received: class_weight={class_weight!r}")
    wrong = [label for label in class_weight if label not in range(count)]
    if wrong:
        raise ValueError(f"`class_weight` must be of classes from 0 to {count - 1}. Received: classes {wrong}")
    for label, weight in class_weight.items():
        check_not_negative(f"class_weight[{label}]", weight.item() if isinstance(weight, np.generic) else weight)
    return (*(float(class_weight.get(label, 1.0)) for label in range(count)), 1.0)


def _with_classes(weights, masks, sample_weight):
    """As `_times_classes`, as a NumPy array."""
    return ops.convert_to_numpy(_times_classes(weights, ops.convert_to_tensor(masks), sample_weight))


def _times_classes(weights, masks, sample_weight):
    """The weights of pixels by their class, times those of images or pixels if there are any."""
    found = _of_classes(weights, masks)
    return found if sample_weight is None else found * _of_pixels(ops.cast(sample_weight, found.dtype), masks)


def _of_classes(weights, masks):
    """The weight of each pixel, `(batch, height, width)`, of masks of labels or of the classes one-hot."""
    if len(masks.shape) == 4:
        masks = masks[..., 0] if masks.shape[-1] == 1 else ops.argmax(masks, axis=-1)
    labels, void = ops.cast(masks, "int32"), len(weights) - 1
    is_class = ops.logical_and(labels >= 0, labels < void)
    if keras.backend.is_float_dtype(masks.dtype):  # a foreground between 0 and 1 is of no class
        is_class = ops.logical_and(is_class, ops.cast(labels, masks.dtype) == masks)
    return ops.take(ops.convert_to_tensor(weights, dtype="float32"), ops.where(is_class, labels, void))


def _as_logits(masks, classes):
    """Masks of one class with a last axis, which the logits have."""
    if masks is None or classes > 1 or len(masks.shape) == 4:
        return masks
    return ops.expand_dims(masks, -1)


def _of_pixels(sample_weight, masks):
    """Weights of images as weights of pixels; a copy, as Keras writes into it on PyTorch."""
    if sample_weight is None:
        return None
    sample_weight = ops.convert_to_tensor(sample_weight)  # an array in `train_on_batch`
    if len(sample_weight.shape) == 4:
        sample_weight = sample_weight[..., 0]
    if len(sample_weight.shape) < 3:
        sample_weight = ops.reshape(sample_weight, (-1, 1, 1))
    return sample_weight * ops.ones(ops.shape(masks)[:3], sample_weight.dtype)


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
        masks: NumPy array, of 0 and 1 (or anything between) for one class.
        classes: Integer, number of classes.
        ignore_class: Integer, label of the pixels that count nowhere, or `None`.
    """
    if masks.dtype.kind == "b":
        return
    outside = (masks < 0) | (masks > max(classes, 2) - 1) | (masks != masks)
    if classes > 1:
        outside |= masks != np.floor(masks)
    wrong = [label for label in np.unique(masks[outside]).tolist() if label != ignore_class]
    if wrong and classes == 1:
        raise ValueError(
            "Masks of one class must hold 0, and 1 for the foreground; a `sample_weight` of 0 leaves pixels out. "
            f"Received: {_few(wrong)}"
        )
    if wrong:
        raise ValueError(
            f"Masks must hold labels from 0 to {classes - 1}, or `ignore_class` of the loss. "
            f"Received: labels {_few(wrong)}, ignore_class={ignore_class}"
        )


def _few(values):
    return values if len(values) <= 10 else f"{values[:10]} and {len(values) - 10} more"
