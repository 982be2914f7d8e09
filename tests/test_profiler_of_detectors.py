"""Parameters and multiply-adds of detectors: counts of the official networks, and by hand for a tiny one."""

import pytest

from keras_mobilevitv3.detection.ssdlite import SSDLite
from keras_mobilevitv3.profiler import profile
from tests.thinned import thinned
from tests.tiny_networks import TINY

pytestmark = [
    pytest.mark.once,
]

# Parameters, of the encoder and of the rest; millions of multiply-adds at 320x320, of all and of the encoder.
OFFICIAL = {
    "mobilevitv3_s": (4_493_792, 1_054_090, 3174.4, 2987.5),
    "mobilevitv3_xs": (1_745_680, 921_258, 1764.3, 1602.2),
    "mobilevitv3_xxs": (669_888, 863_562, 725.1, 580.4),
    "mobilevitv3_100": (4_626_409, 1_220_042, 3144.9, 2925.6),
    "mobilevitv3_075": (2_614_641, 1_103_946, 1854.6, 1659.1),
    "mobilevitv3_050": (1_172_985, 921_802, 914.5, 749.3),
}


@pytest.mark.parametrize("variant", thinned(OFFICIAL, ["mobilevitv3_xxs", "mobilevitv3_050"]))
def test_official_counts(variant):
    result = profile(SSDLite(variant), input_shape=(320, 320, 3))
    encoder = [stage for stage in result.stages if stage.name == "stem" or stage.name.startswith("stage")]
    in_encoder, in_rest, cost, encoder_cost = OFFICIAL[variant]
    assert sum(stage.parameters for stage in encoder) == in_encoder
    assert result.parameters == in_encoder + in_rest
    assert result.executed_multiply_adds / 1e6 == pytest.approx(cost, rel=1e-3)
    assert sum(stage.executed_multiply_adds for stage in encoder) / 1e6 == pytest.approx(encoder_cost, rel=1e-3)


@pytest.mark.parametrize("published", [False, True])
def test_counts_of_each_head(published):
    """By hand, on 64x96 images: maps of 4x6, 2x3, 1x2, and three of one pixel; 3 classes."""
    result = profile(SSDLite(TINY["multi_head"], classes=3, input_shape=(64, 96, 3)), input_shape=(64, 96, 3))
    counts = {s.name: s.multiply_adds if published else s.executed_multiply_adds for s in result.stages}
    bias = 1 if published else 0
    expected = {
        "os_64": 2 * 12 * (9 + 256),
        "os_128": 256 * (9 + 128),
        "os_256": 128 * (9 + 128),
        "os_global": 128 * 64,
        "ssd_head0_project": 24 * 10 * 512,
        "ssd_head1_project": 6 * 12 * 256,
        "ssd_head0": 24 * (512 * 9 + (512 + bias) * 48),
        "ssd_head1": 6 * (256 * 9 + (256 + bias) * 48),
        "ssd_head2": 2 * (256 * 9 + (256 + bias) * 48),
        "ssd_head3": 128 * 9 + (128 + bias) * 48,
        "ssd_head4": 128 * 9 + (128 + bias) * 48,
        "ssd_head5": (64 + bias) * 32,
    }
    assert {name: count for name, count in counts.items() if name.startswith(("os", "ssd"))} == expected


def test_table_is_as_wide_as_its_names():
    result = profile(SSDLite(TINY["multi_head"], classes=3, input_shape=(64, 96, 3)), input_shape=(64, 96, 3))
    lines = str(result).splitlines()
    assert len({len(line) for line in lines[1:]}) == 1
    assert "ssd_head0_project  " in str(result)
