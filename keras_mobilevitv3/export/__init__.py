"""Models for other runtimes. Whatever the backend, TensorFlow's does the work: its exports are the complete ones."""

from keras_mobilevitv3.export.export_report import ExportReport
from keras_mobilevitv3.export.litert import export_litert
from keras_mobilevitv3.export.saved_model import export_saved_model
