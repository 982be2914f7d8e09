"""Data sets, batch plans and input pipelines, in `tf.data`, for all backends of Keras."""
