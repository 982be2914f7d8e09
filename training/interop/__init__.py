"""Comparison of our heads with those of other libraries, see `training.interop.compare`."""
