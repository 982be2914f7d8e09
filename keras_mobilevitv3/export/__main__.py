"""`python -m keras_mobilevitv3.export FORMAT MODEL.keras PATH`: the other side of `tensorflow_process.py`."""

import sys

import keras

import keras_mobilevitv3  # registers the layers  # noqa: F401
from keras_mobilevitv3.export import export_litert, export_saved_model

FORMATS = {"saved_model": export_saved_model, "litert": export_litert}


def main(format_name, saved, path):
    FORMATS[format_name](keras.saving.load_model(saved, compile=False), path)


if __name__ == "__main__":
    main(*sys.argv[1:])
