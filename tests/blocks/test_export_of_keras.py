"""`Model.export(format="onnx")` of Keras on PyTorch, which traces each operation."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform


@pytest.mark.backend("torch")
@pytest.mark.parametrize(("attention", "size"), [("multi_head", (6, 8)), ("separable", (5, 8))])
def test_onnx_file_for_any_number_of_images(attention, size, tmp_path):
    """Of even sizes, and of an odd one, which is resized."""
    onnxruntime = pytest.importorskip("onnxruntime")
    inputs = keras.Input((*size, 4), name="maps")
    maps = InvertedResidual(4, expand_ratio=2, name="residual")(inputs)
    outputs = MobileViTBlock(4, 8, 12, 1, attention, num_heads=2, name="block")(maps)
    model = keras.Model(inputs, outputs)
    fill_weights(model)
    maps = uniform("export_of_keras/maps", (3, *size, 4), -1, 1).astype("float32")
    expected = keras.ops.convert_to_numpy(model(maps))
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for count in (1, 3):
        (found,) = session.run(None, {"maps": maps[:count]})
        np.testing.assert_allclose(found, expected[:count], rtol=0, atol=1e-5)
