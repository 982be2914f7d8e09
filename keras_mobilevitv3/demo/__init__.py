"""The demo: a small network trained on real pictures, without a network connection, evaluated and exported."""

from keras_mobilevitv3.demo.run import run_demo
