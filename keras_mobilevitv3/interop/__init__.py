"""Adapters to KerasHub and KerasCV. Importing this package imports neither library."""
