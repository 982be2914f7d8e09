import pytest

from training.sources.text_files import read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path, encoding):
    (tmp_path / "a.txt").write_text("é\nb\n", encoding)
    assert read_text(tmp_path / "a.txt") == "é\nb\n"


def test_other_encodings(tmp_path):
    (tmp_path / "a.txt").write_text("é\n", "latin-1")
    with pytest.raises(ValueError, match="must be in UTF-8. Received: .*a.txt"):
        read_text(tmp_path / "a.txt")
