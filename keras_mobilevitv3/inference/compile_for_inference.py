from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.checks import check_integer
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

ACCELERATOR_BATCH_SIZE = 32
PREDICT_BATCH_SIZE = 32
# Methods that classes of other libraries override to prepare images or to decode outputs.
PREDICTION_METHODS = ("predict", "predict_step", "make_predict_function")
NO_COMPILER = (
    "`compile_for_inference` needs a C++ compiler on PyTorch, such as g++ or clang; the environment variable CXX may "
    "name it"
)


def compile_for_inference(model: Model, batch_size: int | None = None) -> "CompiledModel":
    """Returns a fast function from images to the outputs of a model, and compiles it if the image size is fixed.

    The function runs a copy of the model with folded batch normalizations (see `fuse_batch_norm`), compiled by the
    backend: TensorFlow as a graph that takes any number of images, JAX by `jax.jit`, PyTorch by `torch.export` and
    TorchInductor. It returns what `model.predict` returns, up to rounding. Later changes of `model`, such as other
    weights or another threshold of a detector, do not change the function.

    ```python
    fast = keras_mobilevitv3.compile_for_inference(model)
    scores = fast(images)
    ```

    PyTorch compiles a network for a minute or two, so that compilation pays off for thousands of images. On a CPU, it
    needs a C++ compiler. JAX and PyTorch compile a model of any image size again for each new size, and keep all
    programs.

    Args:
        model: Built functional or `Sequential` model with one input, such as a classifier, a segmenter or an
            `SSDDetector`. Layers that draw random numbers in inference repeat them in each call on JAX and PyTorch.
        batch_size: Integer, number of images that the compiled program takes at once. Other numbers of images are
            divided, and padded if necessary. Defaults to `None`: 1 on a CPU, where JAX and PyTorch compute larger
            batches no faster per image, and 32 on other devices. TensorFlow takes any number of images at once.

    Returns:
        A `CompiledModel`.

    Raises:
        ValueError: If `model` is not a built functional model with one input; if its class has its own `predict`,
            `predict_step` or `make_predict_function`, as the tasks of KerasHub have; or if `batch_size` is not a
            positive integer.
        RuntimeError: If PyTorch finds no C++ compiler.
    """
    check_integer("batch_size", batch_size, optional=True)
    if isinstance(model, keras.Model) and not isinstance(model, SSDDetector):
        own = [name for name in PREDICTION_METHODS if getattr(type(model), name) is not getattr(keras.Model, name)]
        if own:
            raise ValueError(
                f"`model` must predict as `keras.Model` does. Received: {type(model).__name__}, which has its own "
                f"{' and '.join(own)}"
            )
    copy = fuse_batch_norm(model)
    if len(copy.inputs) != 1:
        raise ValueError(f"`model` must have one input. Received: {len(copy.inputs)} inputs")
    compiled = CompiledModel(copy, batch_size)
    shape = tuple(copy.inputs[0].shape[1:])
    if None not in shape:
        compiled(np.zeros((batch_size or 1, *shape), copy.inputs[0].dtype))
    return compiled


class CompiledModel:
    """Compiled copy of a model, which `compile_for_inference` returns.

    Args:
        model: Functional model with one input.
        batch_size: Integer or `None`, as in `compile_for_inference`.
    """

    def __init__(self, model: Model, batch_size: int | None = None) -> None:
        self._model = model
        self._backend = keras.backend.backend()
        self._batch_size = batch_size or _default_batch_size(model, self._backend)
        self._programs: dict[tuple[int, ...], Callable[[np.ndarray], Any]] = {}

    def __call__(self, images: Any) -> Any:
        """Returns the outputs for a batch of images.

        Args:
            images: Array or tensor of the shape of the model's input, with any number of images.

        Returns:
            NumPy arrays, in the structure that `predict` of the model returns.

        Raises:
            ValueError: If the shape of `images` does not fit the model.
        """
        images = np.asarray(keras.ops.convert_to_numpy(images), self._model.inputs[0].dtype)
        self._check_shape(images.shape)
        count = max(len(images), 1)  # an empty batch runs too, for the shapes of its outputs
        size = self._batch_size or count
        parts = [self._run(images[start : start + size]) for start in range(0, count, size)]
        return keras.tree.map_structure(lambda *values: np.concatenate(values), *parts)

    def predict(self, x: Any, batch_size: int | None = None) -> Any:
        """Returns the outputs for all images, as `keras.Model.predict` does.

        Args:
            x: Array or tensor of images; or an iterable of batches such as a `tf.data.Dataset` or a `DataLoader`, in
                which each batch is images, or a tuple or list that begins with images.
            batch_size: Integer, number of images of an array to take at once. Defaults to `None`: 32, or the next
                multiple of the batch size of the compiled program.

        Returns:
            NumPy arrays, in the structure that `predict` of the model returns.

        Raises:
            ValueError: If the shape of the images does not fit the model, or an iterable has no batch.
        """
        check_integer("batch_size", batch_size, optional=True)
        if hasattr(x, "shape"):
            size = batch_size or -(-PREDICT_BATCH_SIZE // (self._batch_size or 1)) * (self._batch_size or 1)
            outputs = [self(x[start : start + size]) for start in range(0, max(len(x), 1), size)]
        else:
            outputs = [self(batch[0] if isinstance(batch, tuple | list) else batch) for batch in x]
        if not outputs:
            raise ValueError("`x` must have at least one batch. Received: an iterable without batches")
        return keras.tree.map_structure(lambda *values: np.concatenate(values), *outputs)

    def _check_shape(self, shape):
        expected = tuple(self._model.inputs[0].shape)
        fits = len(shape) == len(expected) and all(
            side == wanted for side, wanted in zip(shape[1:], expected[1:]) if wanted is not None
        )
        if not fits:
            raise ValueError(f"`images` must be of shape {expected}. Received: shape {shape}")

    def _run(self, images):
        """Runs the program on at most `batch_size` images."""
        count = len(images)
        size = self._batch_size or count
        shape = images.shape[1:]
        key = self._model.inputs[0].shape[1:] if self._backend == "tensorflow" else shape
        if key not in self._programs:
            build = {"tensorflow": _tensorflow_program, "jax": _jax_program, "torch": _torch_program}[self._backend]
            self._programs[key] = build(self._model, (self._batch_size, *key))
        if count < size:
            images = np.concatenate([images, np.zeros((size - count, *shape), images.dtype)])
        outputs = self._programs[key](images)
        return keras.tree.map_structure(lambda values: keras.ops.convert_to_numpy(values)[:count], outputs)


def _default_batch_size(model, backend):
    """Returns `None` if the program takes any number of images."""
    if backend == "tensorflow":
        return None
    if backend == "jax":
        import jax

        return 1 if jax.default_backend() == "cpu" else ACCELERATOR_BATCH_SIZE
    return 1 if _torch_device(model).type == "cpu" else ACCELERATOR_BATCH_SIZE


def _torch_device(model):
    import torch

    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _decoded(model, outputs):
    return model.decode_predictions(outputs) if isinstance(model, SSDDetector) else outputs


def _tensorflow_program(model, shape):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec(shape, model.inputs[0].dtype)])
    def program(images):
        return _decoded(model, model(images, training=False))

    return program


def _jax_program(model, shape):
    import jax

    variables = [
        [variable.value for variable in kind] for kind in (model.trainable_variables, model.non_trainable_variables)
    ]

    @jax.jit
    def program(trainable, non_trainable, images):
        outputs, _ = model.stateless_call(trainable, non_trainable, images, training=False)
        return _decoded(model, outputs)

    return lambda images: program(*variables, images)


def _torch_program(model, shape):
    import torch

    device = _torch_device(model)
    example = torch.zeros(shape, dtype=getattr(torch, model.inputs[0].dtype), device=device)
    with torch.no_grad():
        exported = torch.export.export(model, (example,), {"training": False}, strict=False)
        compiled = torch.compile(exported.module(), dynamic=False)
        try:
            compiled(example, training=False)
        except Exception as error:
            if "C++ compiler" in str(error):
                raise RuntimeError(NO_COMPILER) from error
            raise

    def program(images):
        with torch.no_grad():
            return _decoded(model, compiled(torch.from_numpy(images).to(device), training=False))

    return program
