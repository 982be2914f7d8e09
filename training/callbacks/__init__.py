"""Callbacks for any `model.fit`."""

from training.callbacks.exponential_moving_average import ExponentialMovingAverage
from training.callbacks.stop_on_nan import StopOnNaN
