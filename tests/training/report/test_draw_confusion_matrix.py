import numpy as np
import pytest

from tests.training.report.pictures import picture
from training.report.draw_confusion_matrix import draw_confusion_matrix, short_count, short_name


@pytest.fixture
def drawn(figures, tmp_path):
    """Function that draws a matrix and returns the names of the classes, other texts and the pixels."""

    def draw(matrix, names):
        draw_confusion_matrix(matrix, names, tmp_path / "matrix.png")
        assert [file.name for file in tmp_path.iterdir()] == ["matrix.png"]
        axes = figures[-1].axes
        labels = [label.get_text() for label in axes[0].get_xticklabels()]
        return labels, [text.get_text() for each in axes for text in each.texts], picture(tmp_path / "matrix.png")

    return draw


def test_few_classes_have_names_and_counts(drawn):
    names = ("$x_{", "a rather long name of a class", "狗")
    labels, texts, pixels = drawn(np.array([[7, 2, 0], [0, 9, 0], [0, 0, 0]]), names)
    assert labels == ["$x_{", "a rather long name of a…", "狗"]
    assert texts == ["7", "2", "9"]
    assert pixels.std() > 10


def test_a_class_of_two_is_enough(drawn):
    labels, texts, _ = drawn(np.array([[1, 0], [0, 200_000]]), ("no", "yes"))
    assert (labels, texts) == (["no", "yes"], ["1", "200k"])


def test_many_classes_have_a_list_of_pairs(drawn):
    matrix = np.diag(np.full(300, 50))
    matrix[17, 290] = 12
    names = [f"class {number}" for number in range(300)]
    labels, (listing,), pixels = drawn(matrix, names)
    assert len(labels) < 30
    assert listing.splitlines()[2:] == ["12  class 17 → class 290"]
    blue = pixels[..., 2] - pixels[..., 0] > 40
    assert blue[:, : pixels.shape[1] // 2].sum() > 1000  # the diagonal


def test_a_cell_of_many_classes_shows_the_largest_share(figures, tmp_path):
    matrix = np.zeros((501, 501), int)
    matrix[4, 9] = 1
    matrix[5, 9] = matrix[5, 500] = 2
    draw_confusion_matrix(matrix, list(map(str, range(501))), tmp_path / "matrix.png")
    axes = figures[0].axes[0]
    cells = axes.images[0].get_array()
    assert cells.shape == (167, 167)
    assert {(row, column): cells[row, column] for row, column in np.argwhere(cells).tolist()} == {
        (1, 3): 1.0,
        (1, 166): 0.5,
    }
    assert axes.get_xlim() == (-0.5, 500.5)


def test_short_texts():
    assert [short_count(count) for count in (0, 99_999, 100_000, 999_499, 999_500, 12_345_678)] == [
        *("0", "99999", "100k", "999k", "1M", "12.3M"),
    ]
    assert short_name("two\nlines") == "two lines"
    assert short_name("x" * 24) == "x" * 24
    assert short_name("x" * 25) == "x" * 23 + "…"


def test_wrong_names(tmp_path):
    with pytest.raises(ValueError, match="`class_names` must be a sequence of 2 strings"):
        draw_confusion_matrix(np.eye(2, dtype=int), ("one",), tmp_path / "matrix.png")
    assert list(tmp_path.iterdir()) == []
