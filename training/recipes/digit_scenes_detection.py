"""Handwritten digits on photographs: a recipe for detection that needs no network connection.

Command:

    python -m training.train --recipe digit_scenes_detection --workdir runs/detector \
        --weights runs/encoder/best.weights.h5

The recipe works for any network. `--weights` starts from the backbone of `digit_scenes_classification`. Batches:
16 scenes. Hardware and time: one core of a CPU, 31 minutes.

Published: none. Ours: AP 57.7, AP50 89.3 on 300 test scenes (moving averages, PyTorch, one device).
"""

from training.batches.detection_config import DetectionDataConfig
from training.settings import DetectionRecipe, OptimizerConfig, ScheduleConfig

RECIPE = DetectionRecipe(
    name="digit_scenes_detection",
    variants=("mobilevitv3_xxs",),
    epochs=10,
    data=DetectionDataConfig(
        image_size=160,
        batch_size=16,
        eval_batch_size=20,
        last_batch="drop",
        max_boxes=8,
        random_crop=False,
        color_distortion="none",
        horizontal_flip=0.0,
    ),
    optimizer=OptimizerConfig(weight_decay=0.01),
    schedule=ScheduleConfig(3e-3, 3e-5, warmup_learning_rate=3e-4, warmup_steps=50),
    average_momentum=0.02,
    precision="float32",
    checkpoint_steps=100,
    default_data="digit_scenes",
    monitor="val_map",
)
