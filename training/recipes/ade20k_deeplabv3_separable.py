"""ADE20K, DeepLabv3 on the separable family: MobileViTv3-1.0, 0.75 and 0.5.

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe ade20k_deeplabv3_separable --variant mobilevitv3_100 --data ADEChallengeData2016 \
        --workdir runs/ade20k_100 --strategy ddp

Batches: 4 on each of 4 GPUs, about 1263 steps an epoch. The run starts from the published ImageNet weights. Hardware
and hours: not measured.

Published mean IoU of the 150 classes (moving averages): 1.0 39.13, 0.75 36.43, 0.5 33.57. Ours: not run.

The official check of a crop ignores label 255, but void is 0 there. So void counts as a class (`void_is_class`).
"""

from dataclasses import replace

from training.recipes import voc2012_deeplabv3_separable
from training.settings import OptimizerConfig, ScheduleConfig

VOC = voc2012_deeplabv3_separable.RECIPE

RECIPE = replace(
    VOC,
    name="ade20k_deeplabv3_separable",
    variants=("mobilevitv3_100", "mobilevitv3_075", "mobilevitv3_050"),
    epochs=120,
    data=replace(VOC.data, batch_size=4, ignore_class=-1, void_is_class=True),
    optimizer=OptimizerConfig("sgd", weight_decay=1e-4, decay_1d=False, max_gradient_norm=10.0),
    schedule=ScheduleConfig(0.02, 0.0002),
    output_stride=8,
)
