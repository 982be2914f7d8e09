"""The table of networks, and the builder of their feature extractors."""

from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import VARIANTS, list_variants
