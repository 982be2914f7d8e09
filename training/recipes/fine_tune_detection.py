"""Fine-tunes a detector on your own data: `--task detection` without `--recipe`.

Command:

    python -m training.train --task detection --data my_boxes --variant mobilevitv3_xs --weights imagenet

In the first epoch only the head learns; then all layers learn, the first ones at a fifth of the learning rate. Training
stops after ten epochs without a better average precision. Batches: 16 images of 320x320 pixels. Hardware and time: one
GPU; not measured.

Published: none. Ours: not run.
"""

from training.batches.detection_config import DetectionDataConfig
from training.settings import FINE_TUNING, DetectionRecipe, ScheduleConfig

RECIPE = DetectionRecipe(
    name="fine_tune_detection",
    variants=("mobilevitv3_xs",),
    epochs=60,
    data=DetectionDataConfig(batch_size=16, eval_batch_size=16, clip_boxes=True),
    optimizer=FINE_TUNING,
    schedule=ScheduleConfig(1e-3, 1e-5, warmup_learning_rate=1e-4, warmup_steps=50),
    average_momentum=0.1,
    precision="float32",
    monitor="val_map",
    patience=10,
)
