"""Models for other runtimes. Whatever the backend, TensorFlow's does the work: its exports are the complete ones."""

from keras_mobilevitv3.exporting.export_report import ExportReport
from keras_mobilevitv3.exporting.formats.litert import export_litert
from keras_mobilevitv3.exporting.formats.saved_model import export_saved_model
