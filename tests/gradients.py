"""Loss and gradients of one training step, on any backend."""

import keras


def loss_and_gradients(model, images, loss):
    """Loss, and its gradients for the trainable variables, in training mode; statistics are updated.

    Args:
        model: `keras.Model`.
        images: NumPy array, the input.
        loss: Function from the output of the model to a scalar, on `keras.ops`.

    Returns:
        Tuple of the loss as a float and a list of NumPy arrays, one for each of `model.trainable_variables`.
    """
    step = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    value, gradients = step(model, keras.ops.convert_to_tensor(images), loss)
    return float(value), [keras.ops.convert_to_numpy(gradient) for gradient in gradients]


def _tensorflow(model, images, loss):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss(model(images, training=True))
    return value, tape.gradient(value, [variable.value for variable in model.trainable_variables])


def _jax(model, images, loss):
    import jax

    def objective(trainable, non_trainable, images):
        outputs, non_trainable = model.stateless_call(trainable, non_trainable, images, training=True)
        return loss(outputs), non_trainable

    trainable = [variable.value for variable in model.trainable_variables]
    non_trainable = [variable.value for variable in model.non_trainable_variables]
    step = jax.jit(jax.value_and_grad(objective, has_aux=True))
    (value, updated), gradients = step(trainable, non_trainable, images)
    for variable, new in zip(model.non_trainable_variables, updated, strict=True):
        variable.assign(new)
    return value, gradients


def _torch(model, images, loss):
    model.zero_grad()
    value = loss(model(images, training=True))
    value.backward()
    return value.detach(), [variable.value.grad for variable in model.trainable_variables]
