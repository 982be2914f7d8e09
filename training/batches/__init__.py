"""Batches of training and evaluation, as NumPy arrays. The plan of an epoch says which samples each step has and at
which size. Grain loads the batches.
"""
