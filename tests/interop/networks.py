"""The heads of other libraries that are tested on this backend."""

import keras
import pytest


def head_cases(heads, trained):
    """Parameters of a fixture: of the heads, those that `trained` does not list for this backend are release tests."""
    here = trained[keras.backend.backend()]
    return [pytest.param(head, marks=[] if head in here else pytest.mark.release) for head in heads]
