"""Handwritten digits on photographs: a recipe for segmentation that needs no network connection.

Command:

    python -m training.train --recipe digit_scenes_segmentation --workdir runs/segmenter \
        --weights runs/encoder/best.weights.h5

The recipe works for any network. `--weights` starts from the backbone of `digit_scenes_classification`. Batches:
16 scenes. Hardware and time: one core of a CPU, 26 minutes.

Published: none. Ours: mean IoU 72.9 on 300 test scenes (moving averages, PyTorch, one device).
"""

from training.batches.segmentation_config import SegmentationDataConfig
from training.settings import OptimizerConfig, ScheduleConfig, SegmentationRecipe

RECIPE = SegmentationRecipe(
    name="digit_scenes_segmentation",
    variants=("mobilevitv3_xxs",),
    epochs=6,
    data=SegmentationDataConfig(
        image_size=192,
        batch_size=16,
        eval_batch_size=20,
        last_batch="drop",
        short_side=None,
        horizontal_flip=0.0,
    ),
    optimizer=OptimizerConfig(weight_decay=0.01),
    schedule=ScheduleConfig(2e-3, 2e-5, warmup_learning_rate=2e-4, warmup_steps=50),
    average_momentum=0.02,
    precision="float32",
    checkpoint_steps=100,
    default_data="digit_scenes",
)
