import pytest

from training.sources.class_lists import find_class_list, read_class_list


def read(root, text, encoding="utf-8"):
    (root / "classes.txt").write_text(text, encoding)
    return read_class_list(find_class_list(root))


def test_names(tmp_path):
    assert find_class_list(tmp_path) is None
    assert read(tmp_path, "\ufeffbackground\r\n\r\ntraffic light\r\n") == (("background", "traffic light"), None)


@pytest.mark.parametrize(
    "text",
    [
        "background 0 0 0\ntraffic light 255 0 7\nvoid 9 9 9",
        "name,r,g,b\nbackground,0,0,0\ntraffic light, 255, 0, 7\nIgnore,9,9,9",
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ntraffic light:255,0,7::\nunlabeled:9,9,9::",
    ],
)
def test_colors(tmp_path, text):
    names, colors = read(tmp_path, text)
    assert names == ("background", "traffic light")
    assert colors == {(0, 0, 0): 0, (255, 0, 7): 1, (9, 9, 9): 255}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 0 0 0\nb", "all classes must have a color, 0-255, .* or none.*'b'"),
        ("a 0 0 0\nb 0 0 256", "'b 0 0 256'"),
        ("a\nb\na", "of different names. Received: 3 classes, 'a' more than once"),
        ("a 1 1 1\nb 1 1 1", r"of different colors. .*'\(1, 1, 1\)' more than once"),
        ("\n", "one or more"),
    ],
)
def test_wrong_lines(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)
