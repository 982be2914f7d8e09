import pickle

import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.restricted_pickle import allow, load_pickle
from tests.weights.hostile_files import Call

pytestmark = pytest.mark.once

VALUE = {
    "list": [1, -2, 3.5, 2**40, None, True, False, [], [7]],
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "dict": {1: {"a": "b"}, "one": {"c": "d"}},
    "bytes": (b"xy", bytes(300)),
    "text": "ü" * 300,
}


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_plain_values(protocol):
    assert load_pickle(pickle.dumps(VALUE, protocol), {}) == VALUE


def test_shared_values_stay_shared():
    shared = [1]
    loaded = load_pickle(pickle.dumps([shared, shared], 4), {})
    assert loaded == [[1], [1]] and loaded[0] is loaded[1]


def test_names_and_persistent_ids():
    names = allow(mentioned=["a.b"], built={"a.pair": lambda first, second: (second, first)})
    data = b"\x80\x02(ca\nb\nca\npair\nK\x01K\x02\x86RK\x05Qt."
    mentioned, pair, persistent = load_pickle(data, names, lambda value: value * 10)
    assert (mentioned.text, pair, persistent) == ("a.b", (2, 1), 50)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_is_called(tmp_path, protocol):
    marker = tmp_path / "ran"
    data = pickle.dumps({"w": Call(__import__("os").mkdir, str(marker))}, protocol)
    with pytest.raises(CheckpointError, match="mkdir"):
        load_pickle(data, {})
    assert not marker.exists()
    pickle.loads(data)
    assert marker.exists()  # so the file would have done it


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80\x02}r\xff\xff\xff\xff.", "memo index"),
        (b"\x80\x02}q\x05.", "memo index"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x02(ios\nsystem\n.", "INST"),
        (b"\x80\x02(cos\nsystem\no.", "`os.system`"),
        (b"\x80\x02(o.", "OBJ"),
        (b"\x80\x02]]\x81.", "NEWOBJ"),
        (b"\x80\x02K\x01Q.", "BINPERSID"),
        (b"\x80\x02h\x00.", "complete pickle"),
        (b"\x80\x02t.", "complete pickle"),
        (b"\x80\x02R.", "complete pickle"),
        (b"\x80\x02(K\x01\x86.", "complete pickle"),
        (b"\x80\x02}K\x01b.", "complete pickle"),
        (b"\x80\x02K\x01)R.", "complete pickle"),
        (b"\x80\x02})K\x01s.", "complete pickle"),
        (b"\x80\x02}(K\x01u.", "complete pickle"),
        (b"\x80\x02}K\x01a.", "complete pickle"),
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.", "complete pickle"),
        (b"\x80\x02\x8a\x09" + b"\x7f" * 9 + b".", "integers"),
        (b"\x80\x02}", "complete pickle"),
        (b"\x80\x02.", "complete pickle"),
        (b"", "complete pickle"),
        (b"\xff\xfe", "complete pickle"),
    ],
)
def test_pickles_that_are_refused(data, message):
    with pytest.raises(CheckpointError, match=message):
        load_pickle(data, {})


def test_deep_nesting_is_harmless():
    depth = 100_000
    data = b"\x80\x02})" + b"\x85" * depth + b"K\x01s."  # as a key, which Python would hash recursively
    with pytest.raises(CheckpointError, match="keys"):
        load_pickle(data, {})
