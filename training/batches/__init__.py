"""Batches of training and evaluation: NumPy arrays, which samples at which size in which step, loaded by Grain."""
