import sys
from types import SimpleNamespace

import pytest

from keras_mobilevitv3.records import find_records

pytestmark = pytest.mark.once


class Record(SimpleNamespace):
    pass


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Function that writes the modules of a package and imports the package."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**modules):
        folder = tmp_path / "some_records"
        folder.mkdir()
        (folder / "__init__.py").touch()
        for name, record in modules.items():
            source = f"from {__name__} import Record\nRECORD = {record}\n"
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
        return __import__("some_records")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "some_records"]:
        del sys.modules[name]


def test_records_come_in_the_order_of_their_files(package):
    found = find_records(package(b="Record(name='x')", a="Record(name='y')", c="None"), "RECORD", Record)
    assert list(found) == ["y", "x"]


def test_two_records_of_one_name(package):
    with pytest.raises(ValueError, match="Received: name='x' in some_records.a and some_records.b"):
        find_records(package(a="Record(name='x')", b="Record(name='x')"), "RECORD", Record)


def test_no_record(package):
    with pytest.raises(TypeError, match="`some_records.a.RECORD` must be a `Record`. Received: 5"):
        find_records(package(a="5"), "RECORD", Record)
