"""Semantic segmentation: heads, builders, and prediction on images."""
