import numpy as np
import pytest

from training.sources.splits import find_splits, split_samples


def folders(root, *names):
    for name in names:
        (root / name).mkdir(parents=True)


@pytest.mark.parametrize(
    ("names", "validation"),
    [
        (("train", "val", "test"), "val"),
        (("train", "valid", "test"), "valid"),
        (("Training", "Testing"), "Testing"),
        (("train", "validation", ".cache"), "validation"),
    ],
)
def test_names_of_splits(tmp_path, names, validation):
    folders(tmp_path, *names)
    assert find_splits(tmp_path) == (tmp_path / names[0], tmp_path / validation)


def names(count):
    return [f"data/{number}.jpg" for number in range(count)]


def test_no_split(tmp_path):
    folders(tmp_path, "cats", "dogs")
    assert find_splits(tmp_path) == (tmp_path, None)


def test_only_training(tmp_path):
    folders(tmp_path, "train")
    assert find_splits(tmp_path) == (tmp_path / "train", None)


@pytest.mark.parametrize("names", [("train", "vall"), ("val", "trian")])
def test_half_a_split(tmp_path, names):
    folders(tmp_path, *names)
    with pytest.raises(ValueError, match=f"must have a folder 'train' and one of .*{names[1]}"):
        find_splits(tmp_path)


def test_stratified_and_always_the_same():
    labels = np.repeat([0, 1, 2], [50, 10, 2])
    train, validation = split_samples("data", names(62), 0.2, labels)
    assert sorted([*train, *validation]) == list(range(62))
    assert np.bincount(labels[validation]).tolist() == [10, 2, 1]
    assert validation.tolist() != list(range(10)) + [50, 51, 60]  # not the first ones
    np.testing.assert_array_equal(split_samples("data", names(62), 0.2, labels)[1], validation)


def test_split_is_logged(caplog):
    train, validation = split_samples("data", names(10), 0.3)
    assert (len(train), len(validation)) == (7, 3)
    assert caplog.messages == [
        "data is not split: 7 samples are for training, 3 for validation (`validation_split=0.3`)"
    ]


@pytest.mark.parametrize(
    ("labels", "share", "message"),
    [
        ([0, 0, 1], 0.2, "2 of each class. Received: 'data' with 1 in class 1"),
        ([0], 0.2, "with 1 in class 0"),
        ([0, 0], 1.0, r"`validation_split` must be in \(0, 1\)"),
    ],
)
def test_too_small(labels, share, message):
    with pytest.raises(ValueError, match=message):
        split_samples("data", names(len(labels)), share, np.array(labels))


def test_an_added_file_moves_no_other_one_to_training():
    before = {names(100)[number] for number in split_samples("data", names(100), 0.2)[1]}
    more = ["data/000_new.jpg", *names(100)]
    after = {more[number] for number in split_samples("data", more, 0.2)[1]}
    assert len(before - after) <= 1 and len(after - before) <= 1
