"""Models of KerasHub and KerasCV on our backbones as SavedModels; `export` compares what it has written."""

import numpy as np
import pytest

from keras_mobilevitv3 import export
from keras_mobilevitv3.interop import keras_cv, keras_hub
from tests.tiny_networks import SHALLOW

SIZE = 64
BUILDERS = {
    "classifier of KerasHub": lambda: keras_hub.image_classifier(
        SHALLOW["multi_head"], classes=5, image_size=SIZE, image_shape=(SIZE, SIZE, 3)
    ),
    "segmenter of KerasHub": lambda: keras_hub.deeplab_v3(SHALLOW["separable"], classes=3, image_shape=(SIZE, SIZE, 3)),
    "detector of KerasHub": lambda: keras_hub.retinanet(
        SHALLOW["multi_head"], classes=3, max_level=5, head_convolutions=1, image_shape=(SIZE, SIZE, 3)
    ),
    "segmenter of KerasCV": lambda: keras_cv.segformer(SHALLOW["multi_head"], 3, input_shape=(SIZE, SIZE, 3)),
    "detector of KerasCV": lambda: keras_cv.retinanet(SHALLOW["multi_head"], 3, "xyxy", input_shape=(SIZE, SIZE, 3)),
}
OUTPUTS = {
    "classifier of KerasHub": ["logits"],
    "segmenter of KerasHub": ["features"],
    "detector of KerasHub": ["bbox_regression", "cls_logits"],
    "segmenter of KerasCV": ["features"],
    "detector of KerasCV": ["box", "classification"],
}


@pytest.mark.release
@pytest.mark.parametrize("name", BUILDERS)
def test_exported(name, tmp_path):
    samples = np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
    report = export(BUILDERS[name](), tmp_path / "served", samples=samples, verbose=False)
    assert report.difference < 1e-3
    card = (report.path / "card.md").read_text()
    assert all(output in card for output in OUTPUTS[name])
