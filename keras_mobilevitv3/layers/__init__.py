"""Layers in plain Keras that know nothing of MobileViT."""

from keras_mobilevitv3.layers.auxiliary_output import AuxiliaryOutput
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize
from keras_mobilevitv3.layers.conv_norm_act import ConvNormAct
from keras_mobilevitv3.layers.multi_head_self_attention import MultiHeadSelfAttention
from keras_mobilevitv3.layers.patches import fold_patches, unfold_patches
from keras_mobilevitv3.layers.pyramid_pooling import PyramidPooling
from keras_mobilevitv3.layers.separable_self_attention import SeparableSelfAttention
from keras_mobilevitv3.layers.spatial_pyramid_pooling import SpatialPyramidPooling
from keras_mobilevitv3.layers.upsampling import Upsampling
