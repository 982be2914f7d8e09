"""Optimizers and learning-rate schedule of the published recipes. The optimizers work as those of `torch.optim`."""

from training.optimizers.adamw import AdamW
from training.optimizers.sgd import SGD
from training.optimizers.warmup_cosine import WarmupCosine
