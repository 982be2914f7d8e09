"""ImageNet-1k, the ablation of the paper (table 5): from MobileViTv1-S to MobileViTv3-S unscaled, in five rows.

Command, for each of the five ids, on each of 6 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 6 -m training.train --recipe imagenet1k_ablation \
        --variant mobilevit_s_fusion_local --data imagenet2012 --workdir runs/fusion_local --strategy ddp

Batches: 32 on each of 6 GPUs, 192 in all. Hardware and hours: not measured.

Published top-1 after 100 epochs: MobileViTv1-S 73.7; with a 1x1 fusion +1.1, with local features in the fusion about
+1.0, with the input added +1.6, with a depthwise local convolution +1.3. Each row includes the changes of the rows
before, and each gain is over MobileViTv1-S. Ours: not run.
"""

from dataclasses import replace

from training.recipes import imagenet1k_multi_head

RECIPE = replace(
    imagenet1k_multi_head.RECIPE,
    name="imagenet1k_ablation",
    variants=(
        "mobilevit_s",
        "mobilevit_s_fusion_1x1",
        "mobilevit_s_fusion_local",
        "mobilevit_s_input_residual",
        "mobilevitv3_s_unscaled",
    ),
    epochs=100,
)
