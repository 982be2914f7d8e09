"""Handwritten digits on photographs, one digit on each: trains a backbone for segmentation and detection of scenes.

Command:

    python -m training.train --recipe digit_scenes_classification --workdir runs/encoder \
        --weights runs/digits/best.weights.h5

The recipe works for any network. `--weights` starts from a classifier of plain digits, which has the same ten classes.
Batches: 64 scenes. Hardware and time: two cores of a CPU, 12 minutes.

Published: none. Ours: 91.0 % of 300 test scenes (moving averages, TensorFlow, one device).
"""

from training.batches.config import DataConfig
from training.settings import ClassificationRecipe, OptimizerConfig, ScheduleConfig

RECIPE = ClassificationRecipe(
    name="digit_scenes_classification",
    variants=("mobilevitv3_xxs",),
    epochs=20,
    data=DataConfig(
        image_size=96,
        batch_size=64,
        last_batch="drop",
        random_crop=False,
        horizontal_flip=0.0,
        labels="one_hot",
        eval_batch_size=60,
        eval_image_size=96,
    ),
    optimizer=OptimizerConfig(weight_decay=0.01),
    schedule=ScheduleConfig(2e-3, 2e-5, warmup_learning_rate=2e-4, warmup_steps=22),
    label_smoothing=0.0,
    average_momentum=0.02,
    precision="float32",
    checkpoint_steps=50,
    default_data="digit_scenes",
)
