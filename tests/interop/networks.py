"""A network of each family with as few layers as there can be: heads of other libraries take long to compile."""

from dataclasses import replace

from tests.tiny_networks import TINY

NETWORKS = {name: replace(config, num_blocks=(1, 1), attention_depths=(1, 1, 1)) for name, config in TINY.items()}
