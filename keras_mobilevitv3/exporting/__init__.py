"""Exports models for other runtimes. On backends other than TensorFlow, a TensorFlow process writes the files."""
