"""The segmenters against outputs of the official networks; `tests/reference_arrays.py` draws their parameters."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3 import VARIANTS
from keras_mobilevitv3.layers import Upsampling
from keras_mobilevitv3.layers.adaptive_average_pool import adaptive_average_pool
from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
from keras_mobilevitv3.segmentation.pspnet import PSPNet
from keras_mobilevitv3.weights.official_names.official_tensors import official_tensors
from keras_mobilevitv3.weights.tensor_layouts import from_keras
from tests.compiled import compiled
from tests.official_parameters import assign_official_parameters
from tests.reference_arrays import image, uniform

DATA = Path(__file__).parent.parent / "data"
LAYOUTS = json.loads((DATA / "state_dicts_segmentation.json").read_text())
ARRAYS = dict(np.load(DATA / "segmentation.npz"))
WITH_LOSSES = (1, 256, 256)  # the size for which the references have the losses and the branches of the heads
compiled_once = pytest.mark.release("jax", "tensorflow")  # which compile for each size
PREDICTED = [
    ("deeplabv3_voc/mobilevitv3_s", WITH_LOSSES),
    pytest.param("deeplabv3_voc/mobilevitv3_s", (1, 224, 320), marks=compiled_once),
    pytest.param("deeplabv3_voc/mobilevitv3_s", (1, 200, 232), marks=compiled_once),
    ("deeplabv3_voc/mobilevitv3_050", WITH_LOSSES),
    ("deeplabv3_voc/mobilevitv3_050", (1, 200, 232)),
    pytest.param("deeplabv3_ade20k/mobilevitv3_075", WITH_LOSSES, marks=compiled_once),
    ("pspnet_voc/mobilevitv3_050", WITH_LOSSES),
    pytest.param("pspnet_voc/mobilevitv3_050", (1, 224, 320), marks=compiled_once),
]
BUILDERS = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}
DATASETS = {"voc": (21, 16, 255), "ade20k": (150, 8, -1)}  # classes, output stride, ignored label
TRAINED = ["deeplabv3_voc/mobilevitv3_050", "pspnet_voc/mobilevitv3_050"]
TOLERANCE = 5e-5


def build(network, **arguments):
    """The segmenter of a reference, `head_dataset/variant`, with its generated parameters."""
    task, variant = network.split("/")
    head, dataset = task.split("_")
    model = BUILDERS[head](
        **{"backbone": variant, **arguments},
        classes=DATASETS[dataset][0],
        output_stride=DATASETS[dataset][1],
        include_preprocessing=False,
    )
    assign_official_parameters(model, LAYOUTS[network])
    return model


def taps(model, output_stride):
    """The model with all that the references have, and with its own outputs."""
    lowres = model.get_layer("classifier").output
    separable = model.get_layer("stage5_block1").attention == "separable"
    outputs = {f"out_l{stage}": model.get_layer(f"stage{stage}_block1").output for stage in (3, 4, 5)}
    outputs["lowres_logits"] = lowres
    outputs["final_logits"] = Upsampling(output_stride, align_corners=separable, name="by_stride")(lowres)
    outputs["output"] = model.output
    if separable:
        outputs["aux_logits"] = model.get_layer("aux_classifier").output
    return keras.Model(model.input, outputs)


@pytest.fixture(scope="module")
def network(request):
    return request.param


@pytest.fixture(scope="module")
def model(network):
    return build(network)


def differences(array, key):
    """Largest differences of an array to what is stored of it under `key`: all of it, or sample and statistics."""
    array = np.asarray(array, "float64")
    if key in ARRAYS:
        assert array.shape == ARRAYS[key].shape
        yield key, np.abs(array - ARRAYS[key]).max()
        return
    assert array.shape == tuple(ARRAYS[f"{key}_shape"]), key
    sample = array.ravel()[:: int(ARRAYS[f"{key}_stride"])]
    yield key, np.abs(sample - ARRAYS[f"{key}_sample"]).max()
    statistics = [array.mean(), array.std(), array.min(), array.max(), np.abs(array).mean()]
    yield f"{key}_stats", np.abs(statistics - ARRAYS[f"{key}_stats"]).max()


def check(array, key):
    for name, difference in differences(array, key):
        assert difference <= TOLERANCE, f"{name}: {difference}"


def check_classes(logits, key, prefix):
    """As many pixels of each class, but for those whose two best logits are as good as equal."""
    histogram = np.bincount(logits.argmax(axis=-1).ravel(), minlength=logits.shape[-1])
    moved = np.abs(histogram - ARRAYS[key]).sum() // 2
    assert moved <= ARRAYS[f"{prefix}/final_pixels_top2_below_1e-4"]


@pytest.mark.once
def test_every_network_is_predicted_at_the_size_with_losses():
    cases = [getattr(case, "values", case) for case in PREDICTED]
    assert {network for network, size in cases if size == WITH_LOSSES} == set(LAYOUTS)


@pytest.mark.once
@pytest.mark.parametrize("network", LAYOUTS, indirect=True)
def test_state_dict(model, network):
    shapes = {
        key: list(from_keras(ops.convert_to_numpy(tensor.variable), tensor.layout).shape)
        for key, tensor in official_tensors(model).items()
    }
    assert shapes == LAYOUTS[network]


def outputs_of(model, network, images):
    """NumPy arrays; TensorFlow makes a graph, which takes longer than a call, of the trained networks only."""
    if keras.backend.backend() == "tensorflow" and network not in TRAINED:
        return keras.tree.map_structure(np.asarray, model(images, training=False))
    return model.predict(images, verbose=0)


@pytest.mark.parametrize(
    ("network", "size"),
    PREDICTED,
    indirect=["network"],
    ids=lambda part: part if isinstance(part, str) else "x".join(map(str, part)),
)
def test_predict(model, network, size):
    prefix = f"{network}/{'x'.join(map(str, size))}"
    outputs = outputs_of(taps(model, 8 if "ade20k" in network else 16), network, image(*size))
    own = outputs.pop("output")
    own_logits = own["logits"] if isinstance(own, dict) else own
    for name, output in outputs.items():
        check(output, f"{prefix}/{name}")
    check_classes(outputs["final_logits"], f"{prefix}/final_argmax_hist", prefix)
    assert own_logits.shape[:3] == size
    if f"{prefix}/final_logits_origsize_shape" in ARRAYS:
        check(own_logits, f"{prefix}/final_logits_origsize")
        check_classes(own_logits, f"{prefix}/final_argmax_hist_origsize", prefix)
    else:  # rows and columns of the enlarged logits, if not all of them
        _, height, width, _ = outputs["final_logits"].shape
        rows, columns = np.arange(size[1]) * height // size[1], np.arange(size[2]) * width // size[2]
        np.testing.assert_array_equal(own_logits, outputs["final_logits"][:, rows][:, :, columns])
    if size == WITH_LOSSES:
        for name, branch in compiled(lambda features: branches(model, features))(outputs["out_l5"]).items():
            check(branch, f"{prefix}/{name}")
        check_losses(model, network, own)


def branches(model, features):
    """Outputs of the branches of the head one by one, which no graph shows."""
    layers = {layer.name: layer for layer in model.layers}
    if "aspp" in layers:
        head = layers["aspp"]
        outputs = {f"aspp_branch{index}": branch(features) for index, branch in enumerate(head.branches)}
        outputs["aspp_branch4"] = head.pool_conv(ops.mean(features, axis=(1, 2), keepdims=True))
        outputs["aspp_branch4"] = ops.broadcast_to(outputs["aspp_branch4"], ops.shape(outputs["aspp_branch0"]))
        outputs["aspp_project"] = head(features)
        return outputs
    head = layers["psp"]
    outputs = {
        f"psp_branch{index}": branch(adaptive_average_pool(features, pool_size))
        for index, (pool_size, branch) in enumerate(zip(head.pool_sizes, head.branches, strict=True))
    }
    outputs["psp_fusion"] = head(features)
    return outputs


def reference_masks(network, shape):
    """Labels of the references, int32, with 5 % of the pixels ignored."""
    classes, _, ignore_class = DATASETS[network.split("/")[0].split("_")[1]]
    size = "x".join(map(str, shape))
    masks = np.floor(uniform(f"seg/labels/{size}/{classes}", shape).astype("float64") * classes)
    masks = np.minimum(masks, classes - 1).astype("int32")
    masks[uniform(f"seg/ignore/{size}", shape) < 0.05] = ignore_class
    return masks, ignore_class


def check_losses(model, network, outputs):
    prefix = f"{network}/{'x'.join(map(str, WITH_LOSSES))}"
    masks, ignore_class = reference_masks(network, WITH_LOSSES)
    assert (masks != ignore_class).sum() == ARRAYS[f"{prefix}/loss_num_valid"]
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=ignore_class))
    outputs = keras.tree.map_structure(ops.convert_to_tensor, outputs)
    masks = ops.convert_to_tensor(masks)
    trained, expected = float(model.compute_loss(y=masks, y_pred=outputs)), "loss_train"
    if isinstance(outputs, dict):
        outputs, expected = outputs["logits"], "loss_train_main_plus_aux"
    assert trained == pytest.approx(float(ARRAYS[f"{prefix}/{expected}"]), abs=2e-6)
    evaluated = float(model.compute_loss(y=masks, y_pred=outputs))
    assert evaluated == pytest.approx(float(ARRAYS[f"{prefix}/loss_eval"]), abs=2e-6)


def forward_in_training(model, images):
    """Outputs in training mode, after which the moving statistics are those of one step later."""
    if keras.backend.backend() != "jax":
        return model(images, training=True)
    import jax

    variables = (
        [variable.value for variable in group] for group in (model.trainable_variables, model.non_trainable_variables)
    )
    step = jax.jit(lambda *variables: model.stateless_call(*variables, images, training=True))
    outputs, updated = step(*variables)
    for variable, value in zip(model.non_trainable_variables, updated, strict=True):
        variable.assign(value)
    return outputs


# JAX compiles one of the two.
@pytest.mark.parametrize("network", TRAINED[: 1 if keras.backend.backend() == "jax" else 2])
def test_training_mode(network):
    config = replace(VARIANTS[network.split("/")[1]], dropout=0.0, attention_dropout=0.0, ffn_dropout=0.0)
    model = build(network, backbone=config, dropout=0.0, upsampling=None)
    outputs = forward_in_training(model, image(2, 128, 128))
    prefix = f"{network}/train_2x128x128"
    check(ops.convert_to_numpy(outputs["logits"]), f"{prefix}/lowres_logits")
    check(ops.convert_to_numpy(outputs["logits_aux"]), f"{prefix}/aux_logits")
    tensors = official_tensors(model)
    statistics = [key for key in ARRAYS if key.startswith(f"{prefix}/after_step/")]
    assert len(statistics) >= 4
    for key in statistics:
        check(ops.convert_to_numpy(tensors[key.rsplit("/", 1)[1]].variable), key)
