"""A training step of a network of this library, in parts to be timed."""

from functools import partial

import keras
import tensorflow as tf
from backend_device import BACKEND, accelerated, synchronize, waiting
from step_settings import EMA_MOMENTUM, LABEL_SMOOTHING, RATE, WEIGHT_DECAY

from keras_mobilevitv3 import build_classifier
from training.callbacks import ExponentialMovingAverage
from training.optimizers import AdamW


def build(network, size, precision):
    """Our network, compiled for training, and its averages."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        model = build_classifier(network, weights=None, input_shape=(size, size, 3), classifier_activation=None)
    finally:
        keras.config.set_dtype_policy(policy)
    model.compile(
        optimizer=AdamW(RATE, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=LABEL_SMOOTHING),
        # XLA takes minutes to compile for a CPU and gains nothing there.
        jit_compile=BACKEND == "jax" or (BACKEND == "tensorflow" and accelerated()),
    )
    model.optimizer.build(model.trainable_variables)
    average = ExponentialMovingAverage(EMA_MOMENTUM)
    average.set_model(model)
    average.start()
    return model, average


def our_calls(model, average, images, labels):
    """Dict of calls to be timed: forward, gradients and step, or with PyTorch forward, backward and update."""
    if BACKEND == "torch":
        calls = _torch_calls(model, average, images, labels)
    else:

        def step():
            model.train_on_batch(images, labels)
            average.update()

        programs = {"tensorflow": _tensorflow_calls, "jax": _jax_calls}[BACKEND](model, images, labels)
        calls = {**programs, "step": step}
    return waiting(calls, synchronize)


def _tensorflow_calls(model, images, labels):
    def forward(x, y):
        return model.optimizer.scale_loss(model.compute_loss(x, y, model(x, training=True), training=True))

    def gradients(x, y):
        with tf.GradientTape() as tape:
            loss = forward(x, y)
        return loss, tape.gradient(loss, model.trainable_weights)

    programs = {
        "forward": tf.function(forward, autograph=False, jit_compile=model.jit_compile),
        "gradients": tf.function(gradients, autograph=False, jit_compile=model.jit_compile),
    }
    return {name: partial(program, images, labels) for name, program in programs.items()}


def _jax_calls(model, images, labels):
    import jax

    def loss(trainable, others, metrics, optimizer, x, y):
        arguments = {"training": True, "optimizer_variables": optimizer}
        return model.compute_loss_and_updates(trainable, others, metrics, x, y, None, **arguments)

    programs = {"forward": jax.jit(loss), "gradients": jax.jit(jax.value_and_grad(loss, has_aux=True))}

    def run(program):
        # A step gives away the values before it.
        groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
        state = [[variable.value for variable in group] for group in (*groups, model.optimizer.variables)]
        jax.block_until_ready(program(*state, images, labels))  # `synchronize` knows only of what is kept

    return {name: partial(run, program) for name, program in programs.items()}


def _torch_calls(model, average, images, labels):
    import torch

    kept = {}

    def forward():
        loss = model.compute_loss(images, labels, model(images, training=True), training=True)
        kept["loss"] = model.optimizer.scale_loss(loss)

    def backward():
        model.zero_grad()
        kept.pop("loss").backward()

    def update():
        weights = model.trainable_weights
        with torch.no_grad():
            model.optimizer.apply([weight.value.grad for weight in weights], weights)
        average.update()

    return {"forward": forward, "backward": backward, "update": update}
