"""The code of the card runs with weights that a run wrote. It builds Keras models, which takes seconds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.report.test_usage import RUNS
from training.report.usage import python_code

pytestmark = pytest.mark.release


@pytest.mark.parametrize("name", RUNS)
def test_code_loads_the_weights_and_predicts(name, tiny_variants, monkeypatch, tmp_path, capsys):
    from PIL import Image

    import keras_mobilevitv3

    run = replace(RUNS[name], variant="tiny_separable", image_size=64)
    build = {"classifier": keras_mobilevitv3.build_classifier, "deeplabv3": keras_mobilevitv3.DeepLabV3}
    build |= {"pspnet": keras_mobilevitv3.PSPNet, "ssdlite": keras_mobilevitv3.SSDLite}
    stride = {} if run.output_stride is None else {"output_stride": run.output_stride}
    trained = build[run.head](run.variant, classes=3, input_shape=(64, 64, 3), weights=None, **stride)
    trained.save_weights(tmp_path / "best.weights.h5")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "classes.txt").write_text("cat\ndog\nowl\n")
    pixels = np.random.default_rng(0).integers(0, 256, (80, 70, 3), "uint8")
    Image.fromarray(pixels).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)

    scope = {}
    exec(compile(python_code(run, "best.weights.h5"), "card", "exec"), scope)
    for loaded, weight in zip(scope["model"].get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(loaded, weight)
    assert name == "ssdlite" or capsys.readouterr().out
    assert (tmp_path / "model.keras").exists() == run.several_labels
