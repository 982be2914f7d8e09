"""Fine-tunes a classifier on your own data: `--task classification` without `--recipe`.

Command:

    python -m training.train --task classification --data my_photos --variant mobilevitv3_xs --weights imagenet

In the first epoch only the last layers learn; then all layers learn, the first ones at a fifth of the learning rate.
Training stops after five epochs without a better top-1 accuracy. Batches: 32 images. Hardware and time: one GPU or a
CPU; not measured.

Published: none. Ours: not run.
"""

from training.batches.config import DataConfig
from training.settings import FINE_TUNING, ClassificationRecipe, ScheduleConfig

RECIPE = ClassificationRecipe(
    name="fine_tune_classification",
    variants=("mobilevitv3_xs",),
    epochs=20,
    data=DataConfig(
        batch_size=32,
        eval_batch_size=32,
        crop_scale=(0.4, 1.0),
        labels="one_hot",
    ),
    optimizer=FINE_TUNING,
    schedule=ScheduleConfig(1e-3, 1e-5, warmup_learning_rate=1e-4, warmup_steps=20),
    average_momentum=0.1,
    precision="float32",
    patience=5,
)
