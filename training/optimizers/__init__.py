"""Optimizers and learning-rate schedule of the published recipes, with the meaning that `torch.optim` gives them."""

from training.optimizers.adamw import AdamW
from training.optimizers.sgd import SGD
from training.optimizers.warmup_cosine import WarmupCosine
