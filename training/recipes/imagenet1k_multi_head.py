"""ImageNet-1k, multi-head family: MobileViTv3-S, XS, XXS and their low-latency L2 versions.

Command, on each of 12 GPUs, from any number of hosts (see `training/README.md`):

    KERAS_BACKEND=torch torchrun --nproc-per-node 12 -m training.train \
        --recipe imagenet1k_multi_head --variant mobilevitv3_s --data imagenet2012 --workdir runs/s --strategy ddp

Batches: 32 on each of 12 GPUs (S, XS), or `--set data.batch_size=64` on each of 6 (XXS), or
`--set data.batch_size=384` on one. Steps of 12 GPUs have 84, 60, 36, 36 and 36 images on each at 160 to 320 pixels.
Hardware and hours: not measured; 300 epochs are about 640,000 steps.

Published top-1 (moving averages, 256x256): S 79.30, XS 76.71, XXS 70.98, S-L2 79.06, XS-L2 76.10, XXS-L2 70.23.
Ours: not run.

The channel order is RGB, where the official run has BGR. The order makes no difference to a run from random weights;
converted weights have their order changed to RGB.
"""

from training.batches.config import DataConfig
from training.settings import ClassificationRecipe, OptimizerConfig, ScheduleConfig

RECIPE = ClassificationRecipe(
    name="imagenet1k_multi_head",
    variants=(
        "mobilevitv3_xxs",
        "mobilevitv3_xs",
        "mobilevitv3_s",
        "mobilevitv3_xxs_l2",
        "mobilevitv3_xs_l2",
        "mobilevitv3_s_l2",
    ),
    epochs=300,
    data=DataConfig(sampler="multi_scale", crop_ratio=(0.75, 1.333), labels="one_hot"),
    optimizer=OptimizerConfig(weight_decay=0.01),
    schedule=ScheduleConfig(2e-3, 2e-4, warmup_learning_rate=2e-4, warmup_steps=3000),
)
