"""Initializers that draw with NumPy. Equal seeds give equal weights on every backend, without compilation."""

from keras_mobilevitv3.initializers.constants import Ones, Zeros
from keras_mobilevitv3.initializers.random_normal import RandomNormal
from keras_mobilevitv3.initializers.random_uniform import RandomUniform
from keras_mobilevitv3.initializers.variance_scaling import GlorotUniform, VarianceScaling
