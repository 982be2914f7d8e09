from dataclasses import FrozenInstanceError, fields, replace

import pytest

from keras_mobilevitv3 import BackboneConfig

pytestmark = pytest.mark.once

CONFIG = BackboneConfig(
    stem_filters=4,
    filters=(4, 6, 8, 10, 12),
    num_blocks=(1, 2),
    attention="multi_head",
    attention_dims=(12, 20, 28),
)


def test_defaults_are_mobilevitv3():
    assert (CONFIG.fusion_kernel_size, CONFIG.fusion_input) == (1, "local")
    assert CONFIG.input_residual and CONFIG.depthwise_local
    assert CONFIG.attention_depths == (2, 4, 3)
    assert (CONFIG.dropout, CONFIG.attention_dropout, CONFIG.ffn_dropout, CONFIG.classifier_dropout) == (0, 0, 0, 0)
    assert CONFIG.head_filters is None


def test_is_frozen_and_equal_by_value():
    with pytest.raises(FrozenInstanceError):
        CONFIG.stem_filters = 8
    assert replace(CONFIG) == CONFIG
    assert hash(replace(CONFIG)) == hash(CONFIG)
    assert replace(CONFIG, expand_ratio=2) != CONFIG


def test_ffn_dims():
    assert CONFIG.ffn_dims == (24, 40, 56)
    assert replace(CONFIG, attention="separable").ffn_dims == (16, 32, 48)  # floored to a multiple of 16


@pytest.mark.parametrize(
    ("name", "value", "length"),
    [
        ("filters", (4, 6, 8, 10), 5),
        ("num_blocks", (1, 2, 1), 2),
        ("attention_dims", (), 3),
        ("attention_depths", (2, 4, 3, 2), 3),
    ],
)
def test_bad_length(name, value, length):
    with pytest.raises(ValueError, match=f"`{name}` must have {length} values. Received: {name}="):
        replace(CONFIG, **{name: value})


@pytest.mark.parametrize("name", ["attention", "initialization", "fusion_input"])
def test_bad_choice(name):
    with pytest.raises(ValueError, match=f"`{name}` must be one of .* Received: {name}='other'"):
        replace(CONFIG, **{name: "other"})


def test_every_field_is_documented():
    for field in fields(BackboneConfig):
        assert f"        {field.name}: " in BackboneConfig.__doc__
