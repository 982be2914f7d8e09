"""COCO 2017, SSDLite at 320x320 on the separable family: MobileViTv3-1.0, 0.75 and 0.5.

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe coco2017_ssdlite_separable --variant mobilevitv3_100 --data COCO --workdir runs/coco_100 --strategy ddp

Batches: 32 on each of 4 GPUs. The run starts from the published ImageNet weights. Hardware and hours: not measured.

Published mean average precision (moving averages, best epoch): 1.0 27.0, 0.75 25.0, 0.5 21.8. Ours: not run.
"""

from dataclasses import replace

from training.recipes import coco2017_ssdlite_multi_head
from training.settings import OptimizerConfig

MULTI_HEAD = coco2017_ssdlite_multi_head.RECIPE

RECIPE = replace(
    MULTI_HEAD,
    name="coco2017_ssdlite_separable",
    variants=("mobilevitv3_100", "mobilevitv3_075", "mobilevitv3_050"),
    data=replace(
        MULTI_HEAD.data,
        interpolation="bicubic",
        antialias=True,
        clip_boxes=True,
        min_crop_size=100,
        color_distortion="pillow",
    ),
    optimizer=OptimizerConfig(weight_decay=0.05),
    monitor="val_map",
)
