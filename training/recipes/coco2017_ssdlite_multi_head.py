"""COCO 2017, SSDLite at 320x320 on the multi-head family: MobileViTv3-S, XS and XXS.

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe coco2017_ssdlite_multi_head --variant mobilevitv3_xs --data COCO --workdir runs/coco_xs --strategy ddp

Batches: 32 on each of 4 GPUs (S, XS) or `--set data.batch_size=64` (XXS). S needs
`--set schedule.max_learning_rate=0.004`, as published. The run starts from the published ImageNet weights. Hardware and
hours: not measured.

Published mean average precision (moving averages with the lowest evaluation loss): S 27.3, XS 25.6, XXS 19.3. Ours: not
run.
"""

from training.batches.detection_config import DetectionDataConfig
from training.settings import DetectionRecipe, OptimizerConfig, ScheduleConfig

RECIPE = DetectionRecipe(
    name="coco2017_ssdlite_multi_head",
    variants=("mobilevitv3_s", "mobilevitv3_xs", "mobilevitv3_xxs"),
    epochs=200,
    data=DetectionDataConfig(batch_size=32),
    optimizer=OptimizerConfig(weight_decay=0.01),
    schedule=ScheduleConfig(9e-4, 1e-6, warmup_learning_rate=9e-5, warmup_steps=500),
    synchronize_batch_norm=True,
    weights="imagenet",
)
