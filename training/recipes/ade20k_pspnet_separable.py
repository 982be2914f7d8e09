"""ADE20K, PSPNet on the separable family: MobileViTv3-1.0, 0.75 and 0.5.

Command, on each of 4 GPUs:

    KERAS_BACKEND=torch torchrun --nproc-per-node 4 -m training.train \
        --recipe ade20k_pspnet_separable --variant mobilevitv3_100 --data ADEChallengeData2016 \
        --workdir runs/ade20k_psp_100 --strategy ddp

Batches: 4 on each of 4 GPUs. The run starts from the published ImageNet weights. Hardware and hours: not measured.

Published: none. Ours: not run.
"""

from dataclasses import replace

from training.recipes import ade20k_deeplabv3_separable

RECIPE = replace(ade20k_deeplabv3_separable.RECIPE, name="ade20k_pspnet_separable", head="pspnet")
