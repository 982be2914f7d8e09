"""The training of a model of a class of its own, for `train_tiny`."""

import keras
import numpy as np
from keras import ops

STEPS, BATCH = 3, 8
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(STEPS, BATCH, 4)).astype("float32")
TARGETS = RNG.normal(size=(STEPS, BATCH, 2)).astype("float32")


@keras.saving.register_keras_serializable(package="tests")
class Shrinking(keras.Model):
    """A loss that also draws outputs to zero, a confusion matrix of signs, and predictions by name."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.signs = keras.metrics.MeanIoU(2, name="signs")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.square(y_pred - y)) + 0.5 * ops.mean(ops.abs(y_pred))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        self.signs.update_state(y > 0, y_pred > 0)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data):
        return {"outputs": super().predict_step(data)}


def train(strategy):
    """The trained model, and the logs of its only epoch."""
    inputs = keras.Input((4,))
    model = Shrinking(inputs, keras.layers.Dense(2, name="dense")(inputs))
    model.get_layer("dense").set_weights([np.full((4, 2), 0.5), np.zeros(2)])
    model = strategy.distribute(model)
    model.compile(keras.optimizers.SGD(0.1), loss=None)
    share = slice(
        *(BATCH // strategy.num_replicas * each for each in (strategy.replicas.start, strategy.replicas.stop))
    )
    batches = ((x[share], y[share]) for x, y in zip(INPUTS, TARGETS))
    logs = model.fit(batches, steps_per_epoch=STEPS, epochs=1, verbose=0).history
    return model, {name: values[-1] for name, values in logs.items()}


def tell(strategy):
    """What a test wants to know of the trained model, as JSON takes it."""
    model, logs = train(strategy)
    return {
        "logs": logs,
        "weights": [weight.tolist() for weight in model.get_weights()],
        "predicted": list(model.predict(INPUTS[0], verbose=0)),
        "class": keras.saving.serialize_keras_object(model)["registered_name"],
        "is_shrinking": isinstance(model, Shrinking),
    }
