"""ImageNet-1k, separable family: MobileViTv3-1.0, 0.75 and 0.5.

Command, on each of 12 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 12 -m training.train \
        --recipe imagenet1k_separable --variant mobilevitv3_100 --data imagenet2012 --workdir runs/100 --strategy ddp

Batches: 85 on each of 12 GPUs (1020 in all), or another number at the same learning rate.
Hardware and hours: not measured; 300 epochs are about 377,000 steps.

Published top-1 (moving averages, 256x256): 1.0 78.64, 0.75 76.55, 0.5 72.33. Ours: not run.

The learning rates and the weight decay are those of the paper, for all three widths. Whether 0.75 and 0.5 were
published with other values is unknown; MobileViTv2 scales them by width. The samples of an epoch are shuffled over all
GPUs. In the official sampler, each GPU keeps its own part of the files.
"""

from training.batches.config import DataConfig
from training.settings import ClassificationRecipe, OptimizerConfig, ScheduleConfig

RECIPE = ClassificationRecipe(
    name="imagenet1k_separable",
    variants=("mobilevitv3_050", "mobilevitv3_075", "mobilevitv3_100"),
    epochs=300,
    data=DataConfig(
        batch_size=85,
        interpolation="bicubic",
        antialias=True,
        rand_augment_operations=2,
        rand_augment_magnitude=9,
        random_erasing=0.25,
        mixup_alpha=0.2,
        cutmix_alpha=1.0,
        mix_probability=0.5,
        labels="one_hot",
    ),
    optimizer=OptimizerConfig(weight_decay=0.05, decay_1d=False, max_gradient_norm=10.0),
    schedule=ScheduleConfig(2e-3, 2e-4, warmup_learning_rate=1e-6, warmup_steps=20000),
)
