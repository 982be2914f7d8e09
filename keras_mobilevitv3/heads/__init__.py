"""Heads: functions from feature maps to outputs."""

from keras_mobilevitv3.heads.classification import classification_head, head_convolution
