"""Functions of tensors as each backend compiles them."""

import keras

# The families of what takes seconds a network to compile or train.
COMPILED_FAMILIES = {
    "torch": ("separable",),
    "tensorflow": ("multi_head",),
    "jax": ("separable",),
}[keras.backend.backend()]


def compiled(function):
    """The function compiled: by `tf.function` without knowing the batch, by `jax.jit`; on PyTorch as it is.

    Args:
        function: Function of tensors that returns a structure of tensors.

    Returns:
        Function of NumPy arrays that returns NumPy arrays.
    """

    def run(*arrays):
        outputs = _compile(function, arrays)(*map(keras.ops.convert_to_tensor, arrays))
        return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)

    return run


def _compile(function, arrays):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        signature = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in arrays]
        return tf.function(function, input_signature=signature)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    return function
