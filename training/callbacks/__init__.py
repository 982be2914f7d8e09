"""Callbacks. `ExponentialMovingAverage`, `StopOnNaN` and `LogLearningRate` work in any `model.fit`. The others need a
run of a recipe.
"""

from training.callbacks.evaluate_detections import EvaluateDetections
from training.callbacks.exponential_moving_average import ExponentialMovingAverage
from training.callbacks.log_learning_rate import LogLearningRate
from training.callbacks.one_training import OneTraining
from training.callbacks.save_best import SaveBest, write_weights
from training.callbacks.save_checkpoints import Interrupted, SaveCheckpoints
from training.callbacks.stop_on_nan import StopOnNaN
from training.callbacks.throughput import Throughput
