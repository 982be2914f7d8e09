"""Copies of models for inference, with the same outputs: compiled, fused batch normalization, single precision."""
