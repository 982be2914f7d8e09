"""PASCAL VOC 2012, DeepLabv3 on the multi-head family: MobileViTv3-S, XS and XXS.

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe voc2012_deeplabv3_multi_head --variant mobilevitv3_s --data VOCdevkit --workdir runs/voc_s \
        --strategy ddp

Data: the list `train_aug` (SBD) and COCO train2017 in the classes of VOC, see `training.sources.coco_to_voc`. Batches:
12 on each of 4 GPUs (S, XS), or `--set data.batch_size=16` (XXS). The run starts from the published ImageNet weights.
The head learns ten times as fast as the backbone. Hardware and hours: not measured.

Published mean IoU (moving averages, best epoch): S 79.59, XS 78.77, XXS 74.04. Ours: not run.
"""

from training.batches.segmentation_config import SegmentationDataConfig
from training.settings import OptimizerConfig, ScheduleConfig, SegmentationRecipe

HEAD_RATES = (("aspp/*", 10.0), ("classifier/*", 10.0))

RECIPE = SegmentationRecipe(
    name="voc2012_deeplabv3_multi_head",
    variants=("mobilevitv3_s", "mobilevitv3_xs", "mobilevitv3_xxs"),
    epochs=50,
    data=SegmentationDataConfig(batch_size=12),
    optimizer=OptimizerConfig(weight_decay=0.01, learning_rate_multipliers=HEAD_RATES),
    schedule=ScheduleConfig(9e-4, 1e-6, warmup_learning_rate=9e-5, warmup_steps=500),
    synchronize_batch_norm=True,
    weights="imagenet",
)
