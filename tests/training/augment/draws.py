"""Many draws of a random function, and real photographs."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_image


def photo(height=171, width=230, name="china.jpg"):
    """The middle of a real photograph, uint8, with sky, shadows and small shapes."""
    image = load_sample_image(name)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def draw(function, count, seed=0):
    """Results of `function` for the seeds `(seed, 0)`, `(seed, 1)`, ... as NumPy arrays."""
    seeds = tf.data.Dataset.range(count).map(lambda number: tf.stack([tf.constant(seed, tf.int64), number]))
    results = seeds.map(function, num_parallel_calls=2).batch(count)
    return tf.nest.map_structure(lambda result: result.numpy(), results.get_single_element())
