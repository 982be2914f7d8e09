"""Reads data sets: folders, tables and annotation files, and two data sets that need no files.

A source has a length and returns samples by reference. It decodes images with Pillow, upright and in RGB, without other
changes. `training.batches` shuffles, augments and batches the samples.
"""
