"""Tables of parameters of which `make test` runs a few rows, and `make test-release` the others."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest

BACKENDS = ("torch", "jax", "tensorflow")


def thinned(rows: Iterable[Any], kept: Collection[Any], **kept_on: Collection[Any]) -> list[Any]:
    """Returns parameters for `pytest.mark.parametrize`.

    Args:
        rows: Iterable of the parameters, such as a dict whose keys are the parameters. Tuples hold several parameters.
        kept: Collection of the parameters that `make test` runs.
        **kept_on: The parameters that `make test` runs on a backend instead, by the name of the backend.
    """
    rows = list(rows)
    assert set(kept_on) <= set(BACKENDS) and all(set(each) <= set(rows) for each in (kept, *kept_on.values()))
    parameters = []
    for row in rows:
        left_out = [backend for backend in BACKENDS if row not in kept_on.get(backend, kept)]
        values = row if isinstance(row, tuple) else (row,)
        parameters.append(pytest.param(*values, marks=pytest.mark.release(*left_out) if left_out else ()))
    return parameters
