"""PASCAL VOC 2012, DeepLabv3 on the separable family: MobileViTv3-1.0 and 0.5 (0.75 was not published).

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe voc2012_deeplabv3_separable --variant mobilevitv3_100 --data VOCdevkit --workdir runs/voc_100 \
        --strategy ddp

Data: the list `train_aug` (SBD) and COCO train2017 in the classes of VOC, see `training.sources.coco_to_voc`. Batches:
32 on each of 4 GPUs. The run starts from the published ImageNet weights, with an auxiliary head. Hardware and hours:
not measured.

Published mean IoU (moving averages, best epoch): 1.0 80.04, 0.5 76.48. Ours: not run.
"""

from training.batches.segmentation_config import SegmentationDataConfig
from training.settings import OptimizerConfig, ScheduleConfig, SegmentationRecipe

RECIPE = SegmentationRecipe(
    name="voc2012_deeplabv3_separable",
    variants=("mobilevitv3_100", "mobilevitv3_050", "mobilevitv3_075"),
    epochs=50,
    data=SegmentationDataConfig(
        batch_size=32,
        interpolation="bicubic",
        antialias=True,
        nearest="centre",
        short_side=(256, 768),
        max_long_side=1024,
        crop_padding=True,
        max_class_share=0.75,
        gaussian_blur=0.5,
        color_distortion=True,
        max_rotation=10.0,
    ),
    optimizer=OptimizerConfig(weight_decay=0.05, decay_1d=False, max_gradient_norm=10.0),
    schedule=ScheduleConfig(5e-4, 1e-6, warmup_learning_rate=5e-5, warmup_steps=500),
    synchronize_batch_norm=True,
    weights="imagenet",
)
