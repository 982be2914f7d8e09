from dataclasses import asdict, replace

import pytest

from training.batches.config import DataConfig


def test_round_trip():
    config = DataConfig(sampler="multi_scale", mixup_alpha=0.2, labels="one_hot", crop_ratio=(0.75, 1.333))
    assert DataConfig(**asdict(config)) == config
    assert replace(config, batch_size=3).batch_size == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("sampler", "random"), ("last_batch", None), ("interpolation", "nearest"), ("labels", "soft")),
        *(("batch_size", 0), ("image_size", 2.5), ("eval_batch_size", True)),
        *(("horizontal_flip", 1.5), ("max_corrupt_share", -0.1), ("validation_split", 1.0)),
        *(("crop_scale", (0.5, 0.1)), ("crop_ratio", (0.0, 1.0))),
    ],
)
def test_bad_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        DataConfig(**{name: value})


def test_crop_larger_than_resized_image():
    with pytest.raises(ValueError, match="`eval_image_size` must be at most `eval_resize_size`"):
        DataConfig(eval_image_size=320, eval_resize_size=288)


def test_mixing_needs_soft_labels():
    with pytest.raises(ValueError, match="MixUp and CutMix need `labels='one_hot'` or .*Received: labels='int'"):
        DataConfig(cutmix_alpha=1.0)
