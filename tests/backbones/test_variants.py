import math
from pathlib import Path

import pytest

from keras_mobilevitv3 import VARIANTS, BackboneConfig, list_variants, profiler
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.commands.variant_table import table_row

pytestmark = pytest.mark.once
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

# Of the classifiers of 1000 classes: trainable, all (with the batch norm statistics).
PARAMETERS = {
    "mobilevitv3_s": (5_763_912, 5_781_928),
    "mobilevitv3_xs": (2_490_360, 2_502_520),
    "mobilevitv3_xxs": (1_249_448, 1_254_840),
    "mobilevitv3_s_l2": (5_169_864, 5_187_880),
    "mobilevitv3_xs_l2": (2_257_320, 2_269_480),
    "mobilevitv3_xxs_l2": (1_145_288, 1_150_680),
    "mobilevitv3_050": (1_429_985, 1_437_761),
    "mobilevitv3_075": (2_999_641, 3_011_305),
    "mobilevitv3_100": (5_139_409, 5_154_961),
    "mobilevitv3_125": (7_849_289, 7_868_729),
    "mobilevitv3_150": (11_129_281, 11_152_609),
    "mobilevitv3_175": (14_979_385, 15_006_601),
    "mobilevitv3_200": (19_399_601, 19_430_705),
    "mobilevit_s": (5_578_632, 5_590_888),
    "mobilevit_xs": (2_317_848, 2_326_296),
    "mobilevit_xxs": (1_272_024, 1_276_136),
    "mobilevitv2_050": (1_370_593, 1_378_369),
    "mobilevitv2_075": (2_866_009, 2_877_673),
    "mobilevitv2_100": (4_901_841, 4_917_393),
    "mobilevitv2_125": (7_478_089, 7_497_529),
    "mobilevitv2_150": (10_594_753, 10_618_081),
    "mobilevitv2_175": (14_251_833, 14_279_049),
    "mobilevitv2_200": (18_449_329, 18_480_433),
    "mobilevit_s_fusion_1x1": (4_759_432, 4_771_688),
    "mobilevit_s_fusion_local": (4_785_032, 4_797_288),
    "mobilevit_s_input_residual": (4_785_032, 4_797_288),
    "mobilevitv3_s_unscaled": (4_327_688, 4_339_944),
}
# In millions, as published for the trainable ones.
PUBLISHED = {
    "mobilevitv3_s": 5.8,
    "mobilevitv3_xs": 2.5,
    "mobilevitv3_xxs": 1.2,
    "mobilevitv3_100": 5.1,
    "mobilevitv3_075": 3.0,
    "mobilevitv3_050": 1.4,
    "mobilevit_s": 5.6,
    "mobilevit_xxs": 1.3,
    "mobilevitv2_100": 4.9,
    "mobilevitv2_125": 7.5,
    "mobilevitv2_150": 10.6,
    "mobilevitv2_175": 14.3,
    "mobilevitv2_200": 18.4,
}
MULTIPLY_ADDS = {  # millions, as published, at 256x256
    "mobilevitv3_s": 1841,
    "mobilevitv3_xs": 927,
    "mobilevitv3_xxs": 289,
    "mobilevitv3_s_l2": 1651,
    "mobilevitv3_xs_l2": 853,
    "mobilevitv3_xxs_l2": 256,
    "mobilevitv3_100": 1876,
    "mobilevitv3_075": 1064,
    "mobilevitv3_050": 481,
}

# stem, stages, blocks in stages 1 and 2, attention dims, FFN dims, depths, expansion, head convolution
LAYOUTS = {
    "mobilevitv3_s": (16, (32, 64, 128, 256, 320), (1, 3), (144, 192, 240), (288, 384, 480), (2, 4, 3), 4, 960),
    "mobilevitv3_xs": (16, (32, 48, 96, 160, 160), (1, 3), (96, 120, 144), (192, 240, 288), (2, 4, 3), 4, 640),
    "mobilevitv3_xxs": (16, (16, 24, 64, 80, 128), (1, 3), (64, 80, 96), (128, 160, 192), (2, 4, 3), 2, 512),
    "mobilevitv3_s_l2": (16, (32, 64, 128, 256, 320), (1, 3), (144, 192, 240), (288, 384, 480), (2, 2, 3), 4, 960),
    "mobilevitv3_xs_l2": (16, (32, 48, 96, 160, 160), (1, 3), (96, 120, 144), (192, 240, 288), (2, 2, 3), 4, 640),
    "mobilevitv3_xxs_l2": (16, (16, 24, 64, 80, 128), (1, 3), (64, 80, 96), (128, 160, 192), (2, 2, 3), 2, 512),
    "mobilevit_s": (16, (32, 64, 96, 128, 160), (1, 3), (144, 192, 240), (288, 384, 480), (2, 4, 3), 4, 640),
    "mobilevit_xs": (16, (32, 48, 64, 80, 96), (1, 3), (96, 120, 144), (192, 240, 288), (2, 4, 3), 4, 384),
    "mobilevit_xxs": (16, (16, 24, 48, 64, 80), (1, 3), (64, 80, 96), (128, 160, 192), (2, 4, 3), 2, 320),
    "mobilevitv3_100": (32, (64, 128, 256, 384, 512), (1, 2), (128, 192, 256), (256, 384, 512), (2, 4, 3), 2, None),
    "mobilevitv3_075": (24, (48, 96, 192, 288, 384), (1, 2), (96, 144, 192), (192, 288, 384), (2, 4, 3), 2, None),
    "mobilevitv3_050": (16, (32, 64, 128, 192, 256), (1, 2), (64, 96, 128), (128, 192, 256), (2, 4, 3), 2, None),
    "mobilevitv3_125": (40, (80, 160, 320, 480, 640), (1, 2), (160, 240, 320), (320, 480, 640), (2, 4, 3), 2, None),
    "mobilevitv3_150": (48, (96, 192, 384, 576, 768), (1, 2), (192, 288, 384), (384, 576, 768), (2, 4, 3), 2, None),
    "mobilevitv3_175": (56, (112, 224, 448, 672, 896), (1, 2), (224, 336, 448), (448, 672, 896), (2, 4, 3), 2, None),
    "mobilevitv3_200": (64, (128, 256, 512, 768, 1024), (1, 2), (256, 384, 512), (512, 768, 1024), (2, 4, 3), 2, None),
}
LAYOUTS |= {name.replace("v3", "v2"): row for name, row in LAYOUTS.items() if name[-1] in "05"}
ABLATION = (
    "mobilevit_s_fusion_1x1",
    "mobilevit_s_fusion_local",
    "mobilevit_s_input_residual",
    "mobilevitv3_s_unscaled",
)
LAYOUTS |= dict.fromkeys(ABLATION, LAYOUTS["mobilevit_s"])

# fusion kernel size, fusion input, input residual, depthwise local convolution
SWITCHES = {
    "mobilevitv3": (1, "local", True, True),
    "mobilevit": (3, "input", False, False),
    "mobilevitv2": (1, None, False, True),
}
ABLATION_SWITCHES = {
    "mobilevit_s_fusion_1x1": (1, "input", False, False),
    "mobilevit_s_fusion_local": (1, "local", False, False),
    "mobilevit_s_input_residual": (1, "local", True, False),
    "mobilevitv3_s_unscaled": (1, "local", True, True),
}


def is_separable(variant):
    return variant[-3:].isdigit()


def test_no_row_lacks_its_numbers():
    assert set(PARAMETERS) == set(VARIANTS) == set(LAYOUTS)


@pytest.mark.parametrize("variant", VARIANTS)
def test_parameters_multiply_adds_and_row_of_the_readme(variant, monkeypatch):
    """One test, so that each network is built once."""
    built = []

    def build(*args, **kwargs):
        built.append(build_classifier(*args, **kwargs))
        return built[-1]

    monkeypatch.setattr(profiler, "build_classifier", build)
    costs = profiler.profile(variant)
    (model,) = built
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == PARAMETERS[variant][0]
    assert model.count_params() == PARAMETERS[variant][1]
    assert costs.parameters == PARAMETERS[variant][0]
    assert costs.name == variant
    assert [stage.name for stage in costs.stages] == ["stem", *(f"stage{i}" for i in range(1, 6)), "head"]
    if variant in MULTIPLY_ADDS:
        assert costs.multiply_adds / 1e6 == pytest.approx(MULTIPLY_ADDS[variant], rel=0.005)
    (row,) = (line for line in README.splitlines() if line.startswith(f"| `{variant}` | `"))
    assert row == table_row(variant, costs), "put the output of `keras-mobilevitv3 list --markdown` in the README"


@pytest.mark.parametrize("variant", PUBLISHED)
def test_published_parameters(variant):
    assert abs(PARAMETERS[variant][0] / 1e6 - PUBLISHED[variant]) < 0.0501


@pytest.mark.parametrize("variant", VARIANTS)
def test_layout(variant):
    row = VARIANTS[variant]
    assert LAYOUTS[variant] == (
        row.stem_filters,
        row.filters,
        row.num_blocks,
        row.attention_dims,
        row.ffn_dims,
        row.attention_depths,
        row.expand_ratio,
        row.head_filters,
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_switches(variant):
    row = VARIANTS[variant]
    expected = ABLATION_SWITCHES.get(variant) or SWITCHES[variant.split("_")[0]]
    assert (row.fusion_kernel_size, row.fusion_input, row.input_residual, row.depthwise_local) == expected


@pytest.mark.parametrize("variant", VARIANTS)
def test_family(variant):
    row = VARIANTS[variant]
    assert row.attention == ("separable" if is_separable(variant) else "multi_head")
    assert row.initialization == ("pytorch_uniform" if is_separable(variant) else "kaiming_normal")
    assert row.num_heads == 4


@pytest.mark.parametrize("variant", VARIANTS)
def test_dropout(variant):
    row = VARIANTS[variant]
    outputs = 0.0 if is_separable(variant) else 0.05 if "_xxs" in variant else 0.1
    assert (row.dropout, row.attention_dropout, row.ffn_dropout) == (outputs, 0.0, 0.0)
    assert row.classifier_dropout == (0.0 if is_separable(variant) else 0.1)


def test_list_variants():
    assert list_variants() == list(VARIANTS)
    assert list_variants("mobilevitv3_*_l2") == ["mobilevitv3_s_l2", "mobilevitv3_xs_l2", "mobilevitv3_xxs_l2"]
    assert list_variants("mobilevitv2_1?0") == ["mobilevitv2_100", "mobilevitv2_150"]
    assert list_variants("resnet*") == []


def test_find_config():
    assert find_config("mobilevitv3_s") is VARIANTS["mobilevitv3_s"]
    own = BackboneConfig(4, (4, 6, 8, 10, 12), (1, 2), "separable", (8, 8, 8))
    assert find_config(own) is own


def test_unknown_variant():
    with pytest.raises(ValueError, match="one of mobilevitv3_s, .*mobilevitv2_200.* Received: variant='mobilevitv4'"):
        find_config("mobilevitv4")
