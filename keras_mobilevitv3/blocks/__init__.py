"""Building blocks of the networks. Each block is one Keras layer."""

from keras_mobilevitv3.blocks.inverted_residual import InvertedResidual
from keras_mobilevitv3.blocks.mobilevit_block import MobileViTBlock
from keras_mobilevitv3.blocks.transformer_encoder import TransformerEncoder
