"""Losses that Keras lacks."""

from keras_mobilevitv3.losses.multibox import MultiBoxLoss, hard_negatives, multibox_loss
