"""Parameters and multiply-adds of segmenters: counts of the official networks, and by hand for a tiny one."""

import pytest

from keras_mobilevitv3.profiler import profile
from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
from keras_mobilevitv3.segmentation.pspnet import PSPNet
from tests.thinned import thinned
from tests.tiny_networks import TINY

pytestmark = [
    pytest.mark.once,
]

HEADS = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}
DATASETS = {"voc": (21, 16), "ade20k": (150, 8)}
# Parameters in all, of the encoder, the head and the auxiliary head; millions of multiply-adds at 256x256 and 512x512.
OFFICIAL = {
    "deeplabv3_voc/mobilevitv3_s": (7_205_621, 4_493_792, 2_711_829, 0, 2901.3, 14002.0),
    "deeplabv3_voc/mobilevitv3_xs": (3_269_669, 1_745_680, 1_523_989, 0, 1486.4, 7512.0),
    "deeplabv3_voc/mobilevitv3_xxs": (1_956_309, 669_888, 1_286_421, 0, 713.6, 3898.7),
    "deeplabv3_voc/mobilevitv3_100": (14_001_555, 4_626_409, 8_929_813, 445_333, 4507.6, 18029.6),
    "deeplabv3_voc/mobilevitv3_075": (9_978_651, 2_614_641, 7_029_269, 334_741, 3044.9, 12179.1),
    "deeplabv3_voc/mobilevitv3_050": (6_525_859, 1_172_985, 5_128_725, 224_149, 1862.5, 7449.5),
    "deeplabv3_ade20k/mobilevitv3_100": (14_084_373, 4_626_409, 8_995_990, 461_974, 14244.5, 56977.3),
    "deeplabv3_ade20k/mobilevitv3_075": (10_061_469, 2_614_641, 7_095_446, 351_382, 10055.5, 40221.6),
    "deeplabv3_ade20k/mobilevitv3_050": (6_608_677, 1_172_985, 5_194_902, 240_790, 6521.9, 26087.4),
    "pspnet_voc/mobilevitv3_100": (10_065_299, 4_626_409, 4_993_557, 445_333, 3504.0, 14006.1),
    "pspnet_voc/mobilevitv3_050": (3_834_275, 1_172_985, 2_437_141, 224_149, 1192.1, 4765.9),
}


@pytest.mark.parametrize(
    "network",
    thinned(
        OFFICIAL, ["deeplabv3_voc/mobilevitv3_xxs", "deeplabv3_ade20k/mobilevitv3_050", "pspnet_voc/mobilevitv3_050"]
    ),
)
def test_official_counts(network):
    task, variant = network.split("/")
    head, dataset = task.split("_")
    classes, output_stride = DATASETS[dataset]
    model = HEADS[head](variant, classes=classes, output_stride=output_stride)
    total, encoder, head_parameters, auxiliary, *multiply_adds = OFFICIAL[network]
    for size, expected in zip((256, 512), multiply_adds, strict=True):
        result = profile(model, input_shape=(size, size, 3))
        assert result.executed_multiply_adds / 1e6 == pytest.approx(expected, rel=1e-4)
    stages = {stage.name: stage.parameters for stage in result.stages}
    pyramid = "psp" if head == "pspnet" else "aspp"
    assert result.parameters == total
    assert sum(stages[name] for name in ("stem", *(f"stage{index}" for index in range(1, 6)))) == encoder
    assert stages[pyramid] + stages["head"] == head_parameters
    assert stages.get("aux", 0) == auxiliary


def test_stages_of_a_tiny_segmenter():
    """On 64x128 images: last maps of 4x8 pixels, from 12 channels."""
    model = DeepLabV3(TINY["separable"], classes=5, aspp_filters=6)
    stages = {stage.name: stage for stage in profile(model, input_shape=(64, 128, 3)).stages}
    assert set(stages) == {"stem", *(f"stage{index}" for index in range(1, 6)), "aspp", "head", "aux"}
    assert stages["aspp"].executed_multiply_adds == 32 * (12 * 6 + 3 * 9 * 12 * 6 + 30 * 6) + 12 * 6
    assert stages["head"].executed_multiply_adds == 32 * 6 * 5
    assert stages["head"].multiply_adds == 32 * 7 * 5
    assert (stages["aux"].multiply_adds, stages["aux"].executed_multiply_adds) == (0, 0)
    assert stages["aux"].parameters == 9 * 10 * 128 + 2 * 128 + 129 * 5
    assert stages["head"].output_shape == (4, 8, 5)
