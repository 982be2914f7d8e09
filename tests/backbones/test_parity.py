"""Endpoints at output strides 16 and 8 against those of the official encoders, float64 runs stored as float32."""

from pathlib import Path

import numpy as np
import pytest

from keras_mobilevitv3 import build_backbone
from keras_mobilevitv3.weights.official_names.official_tensors import official_tensors
from keras_mobilevitv3.weights.tensor_layouts import official_shape
from tests.official_parameters import assign_official_parameters
from tests.reference_arrays import image

REFERENCE = np.load(Path(__file__).parents[1] / "data/dilated_endpoints.npz")
# Output stride and size of the images.
NETWORKS = {
    "mobilevitv3_s": (16, (1, 224, 320)),
    "mobilevitv3_050": (16, (1, 200, 232)),
    "mobilevitv3_075": (8, (1, 256, 256)),
}


@pytest.mark.once  # the segmenters of tests/segmentation/test_parity.py have these maps on each backend
@pytest.mark.parametrize("variant", NETWORKS)
def test_dilated_endpoints(variant):
    output_stride, size = NETWORKS[variant]
    model = build_backbone(variant, output_stride=output_stride, include_preprocessing=False)
    layout = {
        name: official_shape(tensor.variable.shape, tensor.layout) for name, tensor in official_tensors(model).items()
    }
    assign_official_parameters(model, layout, prefix="encoder.")
    endpoints = model.predict(image(*size), verbose=0)
    for stage in (3, 4, 5):
        key = f"{variant}/{'x'.join(map(str, size))}/out_l{stage}"
        assert endpoints[f"P{stage}"].shape == tuple(REFERENCE[f"{key}_shape"])
        sample = endpoints[f"P{stage}"].reshape(-1)[:: int(REFERENCE[f"{key}_stride"])]
        np.testing.assert_allclose(sample, REFERENCE[f"{key}_sample"], atol=3e-5)
