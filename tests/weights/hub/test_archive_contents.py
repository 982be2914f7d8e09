import json

import pytest

from keras_mobilevitv3.weights.hub.archive_contents import ArchiveContents

pytestmark = pytest.mark.once


@pytest.fixture
def contents(tmp_path):
    contents = ArchiveContents(tmp_path / "contents.json")
    contents.remember("a.zip", 10, {"two": None, "one": None})
    contents.remember("b.zip", None, [])
    return contents


def test_archives_are_known_by_name_and_size(contents):
    assert contents.folders_in("a.zip", 10) == ["one", "two"] and contents.folders_in("b.zip", None) == []
    for name, size in (("a.zip", 11), ("a.zip", None), ("b.zip", 0), ("c.zip", 10)):
        assert contents.folders_in(name, size) is None


def test_a_newer_archive_replaces_the_older(contents):
    contents.remember("a.zip", 11, ["three"])
    assert contents.folders_in("a.zip", 10) is None and contents.folders_in("a.zip", 11) == ["three"]
    assert [path.name for path in contents.path.parent.iterdir()] == ["contents.json"]


@pytest.mark.parametrize("entry", [None, 3, "text", [], {}, {"size": 10}, {"size": 10, "folders": "one"}])
def test_a_damaged_entry_is_no_entry(contents, entry):
    contents.path.write_text(json.dumps({"a.zip": entry, "b.zip": {"size": 1, "folders": ["one"]}}))
    assert contents.folders_in("a.zip", 10) is None and contents.folders_in("b.zip", 1) == ["one"]
    contents.remember("c.zip", 2, [])
    assert contents.folders_in("b.zip", 1) == ["one"]
