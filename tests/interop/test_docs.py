from pathlib import Path

import pytest

pytestmark = pytest.mark.once

DOCS = Path(__file__).parents[2] / "docs" / "interop.md"


@pytest.mark.parametrize("library", ["keras_cv", "keras_hub"])
def test_the_table_is_that_of_the_tests(library):
    pytest.importorskip(library)
    table = pytest.importorskip(f"tests.interop.{library}_support").table()
    text = DOCS.read_text(encoding="utf-8")
    current = text.split(f"<!-- {library}:begin -->\n")[1].split(f"<!-- {library}:end -->")[0]
    assert current == table, f"put this between the markers:\n{table}"
