"""Compares the heads of this library with heads of other libraries, see `training.interop.compare`."""
