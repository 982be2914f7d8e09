"""A network of each family with as few layers as there can be: heads of other libraries take long to compile."""

from dataclasses import replace

import keras
import pytest

from tests.tiny_networks import TINY

NETWORKS = {name: replace(config, num_blocks=(1, 1), attention_depths=(1, 1, 1)) for name, config in TINY.items()}


def head_cases(heads, trained):
    """Parameters of a fixture: of the heads, those that `trained` does not list for this backend are release tests."""
    here = trained[keras.backend.backend()]
    return [pytest.param(head, marks=[] if head in here else pytest.mark.release) for head in heads]
