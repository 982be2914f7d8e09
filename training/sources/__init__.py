"""Data sets as people have them: folders, tables and annotation files, and two data sets that need no files.

A source has a length and gives samples by reference. It decodes images with Pillow, upright and in RGB, and never
changes them. The input of training shuffles, augments and batches samples in `training.batches`.
"""
