from pathlib import Path

from tests.interop.keras_cv_support import table

DOCS = Path(__file__).parents[2] / "docs" / "interop.md"


def test_the_table_is_that_of_the_tests():
    text = DOCS.read_text(encoding="utf-8").split("<!-- keras_cv:begin -->\n")[1].split("<!-- keras_cv:end -->")[0]
    assert text == table(), f"put this between the markers:\n{table()}"
