import csv

import pytest

from training.report.table import markdown_table, write_csv, write_markdown

ROWS = [
    {"class": "cat|dog", "images": 12, "recall": 0.123456789},
    {"class": "two\nlines", "images": 0, "recall": float("nan")},
]
MARKDOWN = """\
| class | images | recall |
| --- | ---: | ---: |
| cat\\|dog | 12 | 0.1235 |
| two lines | 0 | – |
"""


def test_markdown(tmp_path):
    write_markdown(ROWS, tmp_path / "table.md")
    assert (tmp_path / "table.md").read_text("utf-8") == MARKDOWN == markdown_table(ROWS)


def test_csv_keeps_all_digits(tmp_path):
    write_csv(ROWS, tmp_path / "table.csv")
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["class", "images", "recall"],
            ["cat|dog", "12", "0.123456789"],
            ["two\nlines", "0", ""],
        ]


@pytest.mark.parametrize(
    ("rows", "message"), [([], "at least one row"), ([{"a": 1}, {"b": 2}], r"Received: \['a'\] and \['b'\]")]
)
@pytest.mark.parametrize("write", [write_markdown, write_csv])
def test_wrong_rows_leave_the_file(write, rows, message, tmp_path):
    path = tmp_path / "table"
    path.write_text("before")
    with pytest.raises(ValueError, match=message):
        write(rows, path)
    assert [file.name for file in tmp_path.iterdir()] == ["table"]
    assert path.read_text() == "before"
