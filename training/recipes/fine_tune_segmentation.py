"""Fine-tunes a segmenter on your own data: `--task segmentation` without `--recipe`.

Command:

    python -m training.train --task segmentation --data my_scenes --variant mobilevitv3_xs --weights imagenet

In the first epoch only the head learns; then all layers learn, the first ones at a fifth of the learning rate. Training
stops after five epochs without a better mean IoU. Batches: 8 images of 512x512 pixels; `--set data.image_size=256`
has a quarter of the pixels. Hardware and time: one GPU; not measured.

Published: none. Ours: not run.
"""

from training.batches.segmentation_config import SegmentationDataConfig
from training.settings import FINE_TUNING, ScheduleConfig, SegmentationRecipe

RECIPE = SegmentationRecipe(
    name="fine_tune_segmentation",
    variants=("mobilevitv3_xs",),
    epochs=30,
    data=SegmentationDataConfig(batch_size=8, eval_batch_size=8),
    optimizer=FINE_TUNING,
    schedule=ScheduleConfig(1e-3, 1e-5, warmup_learning_rate=1e-4, warmup_steps=20),
    average_momentum=0.1,
    precision="float32",
    patience=5,
)
