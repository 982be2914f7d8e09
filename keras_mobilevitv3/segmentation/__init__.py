"""Semantic segmentation: the heads, the builders, prediction on images."""
