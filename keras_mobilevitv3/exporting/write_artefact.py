import keras

from keras_mobilevitv3.exporting.deployment import Deployment
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow, require_tensorflow


def write_artefact(model, path, format, precision, **options):
    """Writes a model in a format, from every backend.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        path: `pathlib.Path` of the file or folder to write, in an existing folder.
        format: A key of `FORMATS`.
        precision: One of the precisions of the format.
        **options: Other arguments of `Deployment`.
    """
    if keras.backend.backend() != "tensorflow":
        export_in_tensorflow("artefact", model, path, format=format, precision=precision, **options)
        return
    require_tensorflow()
    FORMATS[format].write(Deployment(model, **options), path, precision)
