import numpy as np
import pytest
import tensorflow as tf

from training.data.skip_errors import fill_gaps, map_skipping_errors


def number(element):
    """Fails for text that is not a number."""
    return tf.strings.to_number(element["text"]) + tf.zeros([2])


@pytest.mark.parametrize(
    ("text", "found"), [(["1", "2"], [0, 1]), (["x", "2", "x", "4", "x"], [1, 3]), (["x", "y"], []), (["x"], [])]
)
@pytest.mark.parametrize("parallel_calls", [1, 3])
def test_elements_that_fail_are_left_out(text, found, parallel_calls):
    batches = tf.data.Dataset.from_tensors({"text": text})
    results, numbers = next(iter(batches.map(lambda batch: map_skipping_errors(number, batch, parallel_calls))))
    np.testing.assert_array_equal(numbers, found)
    np.testing.assert_array_equal(results, np.reshape([[float(text[index])] * 2 for index in found], (-1, 2)))


@pytest.mark.parametrize(
    ("found", "expected"),
    [([1, 3], [3, 1, 1, 3, 3]), ([0], [0] * 5), ([4], [4] * 5), ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4])],
)
def test_gaps_are_filled(found, expected):
    values = {"a": tf.constant(found, tf.float32)[:, None], "b": tf.constant(found)}
    filled = fill_gaps(values, tf.constant(found, tf.int64), 5)
    np.testing.assert_array_equal(filled["b"], expected)
    np.testing.assert_array_equal(filled["a"][:, 0], expected)
