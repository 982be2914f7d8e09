"""ImageNet-1k at 384x384, from a network of the separable family trained at 256x256.

Command, on each of 2 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 2 -m training.train --recipe imagenet1k_finetune_384 \
        --variant mobilevitv3_100 --weights runs/100/best.weights.h5 --data imagenet2012 --workdir runs/100_384 \
        --strategy ddp

The run starts from moving averages with all 1000 classes. `--weights imagenet` starts from the published weights.
Hardware and hours: not measured; 10 epochs are about 100,000 steps of 128 images.

Published: table 7 of the paper. Ours: not run.
"""

from training.batches.config import DataConfig
from training.settings import ClassificationRecipe, OptimizerConfig, ScheduleConfig

RECIPE = ClassificationRecipe(
    name="imagenet1k_finetune_384",
    variants=("mobilevitv3_050", "mobilevitv3_075", "mobilevitv3_100"),
    epochs=10,
    data=DataConfig(
        image_size=384,
        batch_size=64,
        interpolation="bicubic",
        antialias=True,
        labels="one_hot",
        eval_image_size=384,
    ),
    optimizer=OptimizerConfig("sgd", weight_decay=4e-5, decay_1d=False, max_gradient_norm=10.0),
    schedule=ScheduleConfig(1e-3, 1e-3),
    average_momentum=0.00005,
)
