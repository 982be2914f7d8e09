"""The generated parameters of the official networks in the models of this package."""

from keras_mobilevitv3.weights.official_names.official_tensors import official_tensors
from keras_mobilevitv3.weights.tensor_layouts import to_keras
from tests.reference_arrays import official_parameter


def assign_official_parameters(model, layout, prefix=""):
    """Assigns the generated parameters as they are, the stem's channels not reversed.

    Args:
        model: Model of this package.
        layout: Dict from the official name of each of its tensors to the official shape.
        prefix: String before each name in the draw, `"encoder."` for the encoders of other tasks. Defaults to `""`.
    """
    tensors = official_tensors(model)
    assert set(tensors) == set(layout)
    for key, tensor in tensors.items():
        tensor.variable.assign(to_keras(official_parameter(f"{prefix}{key}", tuple(layout[key])), tensor.layout))
