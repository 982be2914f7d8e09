"""The figures of the documentation are drawn, and change with what they show."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3 import VARIANTS

ROOT = Path(__file__).parents[2]
PALETTE = np.array([[0, 0, 0], [200, 0, 0]], "uint8")


def figure_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "figures" / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module")
def blocks():
    return figure_script("blocks")


@pytest.fixture(scope="module")
def accuracy():
    return figure_script("accuracy_against_parameters")


def check_picture(path):
    with Image.open(path) as picture:
        assert min(picture.size) > 400
        assert len(picture.convert("RGB").getcolors(2**24)) > 100


def test_blocks_are_drawn(blocks, tmp_path):
    blocks.draw(tmp_path / "blocks.png", {"one": VARIANTS["mobilevitv3_xxs"], "two": VARIANTS["mobilevitv2_050"]})
    check_picture(tmp_path / "blocks.png")


@pytest.mark.parametrize(
    "switch",
    [{"fusion_kernel_size": 3}, {"fusion_input": "input"}, {"input_residual": False}, {"depthwise_local": False}],
)
def test_each_switch_changes_the_drawing(blocks, switch):
    config = VARIANTS["mobilevitv3_s"]
    changed = replace(config, **switch)
    assert (blocks.steps(config), blocks.skip_connections(config)) != (
        blocks.steps(changed),
        blocks.skip_connections(changed),
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_connections_join_parts_of_the_block(blocks, variant):
    keys = [key for key, _, _ in blocks.steps(VARIANTS[variant])]
    assert len(set(keys)) == len(keys)
    assert all(keys.index(start) < keys.index(end) for start, end, _ in blocks.skip_connections(VARIANTS[variant]))


def test_gallery_is_drawn(tmp_path):
    galleries = figure_script("galleries")
    image, mask = np.full((48, 48, 3), 200, "uint8"), np.eye(48, dtype=int)
    found = ([[4.0, 6.0, 30.0, 40.0]], ["3 91%"], [3])
    rows = {"input": [(image, (), (), ())], "truth": [(galleries.paint_mask(image, mask, PALETTE), *found)]}
    galleries.draw(rows, tmp_path / "gallery.jpg")
    with Image.open(tmp_path / "gallery.jpg") as picture:
        assert min(picture.size) > 200


def test_classes_are_painted_and_the_background_is_darkened():
    image, mask = np.full((4, 4, 3), 200, "uint8"), np.eye(4, dtype=int)
    picture = figure_script("galleries").paint_mask(image, mask, PALETTE)
    assert picture[0, 1].tolist() == [110, 110, 110]
    assert picture[0, 0].tolist() == [200, 70, 70]  # of 200 a share of 0.35, and of the colour 0.65


def test_accuracy_is_drawn(accuracy, tmp_path):
    rows = [
        accuracy.Network(*accuracy.family_and_label(variant), 2.0 + index, 300.0, 70.0 + index)
        for index, variant in enumerate(("mobilevitv3_s", "mobilevitv3_s_l2", "mobilevit_s", "mobilevitv2_050"))
    ]
    accuracy.draw(rows, tmp_path / "accuracy.png")
    check_picture(tmp_path / "accuracy.png")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("mobilevitv3_xs", ("v3", "XS")),
        ("mobilevitv3_xxs_l2", ("v3 L2", "XXS-L2")),
        ("mobilevit_s", ("v1", "S")),
        ("mobilevitv2_075", ("v2", "0.75")),
        ("mobilevitv3_100", ("v3", "1.0")),
    ],
)
def test_family_and_label(accuracy, variant, expected):
    assert accuracy.family_and_label(variant) == expected
