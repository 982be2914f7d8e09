"""Initial weights drawn by NumPy: equal on every backend for a seed, with nothing to compile."""

from keras_mobilevitv3.initializers.constants import Ones, Zeros
from keras_mobilevitv3.initializers.random_normal import RandomNormal
from keras_mobilevitv3.initializers.random_uniform import RandomUniform
from keras_mobilevitv3.initializers.variance_scaling import GlorotUniform, VarianceScaling
