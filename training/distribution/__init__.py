"""Strategies: one device, many devices of one process, or many processes."""

from training.distribution.start import STRATEGIES, start_strategy
from training.distribution.strategy import Strategy
