import logging

import pytest

from training.batches.corrupt_images import CorruptImages, CorruptImagesError, fill_gaps, read_samples
from training.sources.source import UnreadableSampleError


def skipped(*names):
    return [(name, "damaged") for name in names]


def test_each_image_counts_and_is_logged_once(caplog):
    corrupt = CorruptImages(300)
    with caplog.at_level(logging.WARNING):
        corrupt.add(skipped("a.jpg", "b.jpg"))
        corrupt.add(skipped("a.jpg"))
    assert len(corrupt) == 2
    assert corrupt.names == {"a.jpg", "b.jpg"}
    assert [record.getMessage() for record in caplog.records] == [
        "Skipped a.jpg, which cannot be read: damaged",
        "Skipped b.jpg, which cannot be read: damaged",
    ]


def test_more_than_one_percent_stops():
    corrupt = CorruptImages(200)
    corrupt.add(skipped("a", "b"))  # 1 %
    corrupt.check()
    with pytest.raises(CorruptImagesError, match="3 of 200 images cannot be read, more than 1%.* Among them: a, b, c"):
        corrupt.add(skipped("c"))
    with pytest.raises(CorruptImagesError, match="3 of 200 images"):
        corrupt.check()


@pytest.mark.parametrize("arguments", [(0,), (10, 1.5), (10, -0.1)])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="Received"):
        CorruptImages(*arguments)


def test_samples_that_cannot_be_read():
    def read(number, reference):
        if reference == 5:
            raise UnreadableSampleError("no picture")
        if reference == 7:
            raise FileNotFoundError("no file")
        return number, reference

    samples, missing = read_samples([4, 5, 6, 7], read, name="sample {}".format)
    assert samples == [(0, 4), None, (2, 6), None]
    assert missing == [("sample 5", "no picture"), ("sample 7", "no file")]


def test_other_errors_are_not_skipped():
    with pytest.raises(ZeroDivisionError):
        read_samples([0], lambda number, reference: 1 / reference, str)


@pytest.mark.parametrize(
    ("samples", "filled"),
    [
        *(([None, "b", None, "d", None], "dbbdd"), (["a", None, None], "aaa"), ([None, None, "c"], "ccc")),
        (["a", "b"], "ab"),
    ],
)
def test_gaps_are_filled(samples, filled):
    assert fill_gaps(samples) == list(filled)
