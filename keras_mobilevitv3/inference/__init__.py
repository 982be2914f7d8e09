"""Copies of models for inference, with the same outputs: fused batch normalization, single precision."""
