from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.checks import check_integer
from keras_mobilevitv3.detection.ssd_detector import SSDDetector
from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

ACCELERATOR_BATCH_SIZE = 32
NO_COMPILER = (
    "`compile_for_inference` needs a C++ compiler on PyTorch, such as g++ or clang; the environment variable CXX may "
    "name it"
)


def compile_for_inference(model: Model, batch_size: int | None = None) -> "CompiledModel":
    """Returns a fast function from images to the outputs of a model, and compiles it if the image size is fixed.

    The function runs a copy of the model with folded batch normalizations (see `fuse_batch_norm`), compiled by the
    backend: TensorFlow as a graph, JAX by `jax.jit`, PyTorch by `torch.export` and TorchInductor. It returns what
    `model.predict` returns, up to rounding. Later changes of the weights of `model` do not change the function.

    ```python
    fast = keras_mobilevitv3.compile_for_inference(model)
    scores = fast(images)
    ```

    PyTorch compiles a network for half a minute or more and needs a C++ compiler, so that compilation pays off for
    thousands of images. A model of any image size is compiled again for each new size.

    Args:
        model: Built functional or `Sequential` model with one input, such as a classifier, a segmenter or a detector.
        batch_size: Integer, number of images that the compiled program takes at once. Other numbers of images are
            divided, and padded if necessary. Defaults to `None`: 1 on a CPU, where JAX and PyTorch compute larger
            batches no faster per image, and 32 on other devices. TensorFlow takes any number of images at once.

    Returns:
        A `CompiledModel`.

    Raises:
        ValueError: If `model` is not a built functional model with one input, or `batch_size` is not a positive
            integer.
        RuntimeError: If PyTorch finds no C++ compiler.
    """
    check_integer("batch_size", batch_size, optional=True)
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
        parts = [self._run(images[start : start + size]) for start, size in self._parts(len(images))]
        return keras.tree.map_structure(lambda *values: np.concatenate(values), *parts)

    def predict(self, x: Any, batch_size: int = 32) -> Any:
        """Returns the outputs for all images, as `keras.Model.predict` does.

        Args:
            x: Array or tensor of images; or an iterable of batches such as a `tf.data.Dataset`, in which each batch is
                images, or a tuple that begins with images.
            batch_size: Integer, number of images of an array in memory at once. Defaults to `32`.

        Returns:
            NumPy arrays, in the structure that `predict` of the model returns.

        Raises:
            ValueError: If the shape of the images does not fit the model, or an iterable has no batch.
        """
        check_integer("batch_size", batch_size)
        if hasattr(x, "shape") or isinstance(x, list):
            x = np.asarray(keras.ops.convert_to_numpy(x))
            batches: Iterable[Any] = [x[start : start + batch_size] for start in range(0, max(len(x), 1), batch_size)]
        else:
            batches = (batch[0] if isinstance(batch, tuple) else batch for batch in x)
        outputs = [self(batch) for batch in batches]
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

    def _parts(self, count):
        """Yields the start and the length of each part that the program takes at once."""
        size = self._batch_size or max(count, 1)
        for start in range(0, max(count, 1), size):
            yield start, size

    def _run(self, images):
        """Runs the program on at most `batch_size` images."""
        count = len(images)
        size = self._batch_size or count
        shape = images.shape[1:]
        if shape not in self._programs:
            build = {"tensorflow": _tensorflow_program, "jax": _jax_program, "torch": _torch_program}[self._backend]
            self._programs[shape] = build(self._model, (self._batch_size, *shape))
        if count < size:
            images = np.concatenate([images, np.zeros((size - count, *shape), images.dtype)])
        outputs = self._programs[shape](images)
        return keras.tree.map_structure(lambda values: keras.ops.convert_to_numpy(values)[:count], outputs)


def _default_batch_size(model, backend):
    """Returns `None` if the program takes any number of images."""
    if backend == "tensorflow":
        return None
    if backend == "jax":
        import jax

        return 1 if jax.default_backend() == "cpu" else ACCELERATOR_BATCH_SIZE
    return 1 if all(parameter.device.type == "cpu" for parameter in model.parameters()) else ACCELERATOR_BATCH_SIZE


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

    device = next(model.parameters()).device
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
