"""Heads: functions from feature maps to outputs."""

from keras_mobilevitv3.heads.classification import classification_head, head_convolution
from keras_mobilevitv3.heads.deeplabv3 import deeplabv3_features
from keras_mobilevitv3.heads.pixel_classifier import auxiliary_logits, pixel_classifier
from keras_mobilevitv3.heads.pspnet import pspnet_features
from keras_mobilevitv3.heads.ssdlite import extra_feature_maps, ssdlite_head
