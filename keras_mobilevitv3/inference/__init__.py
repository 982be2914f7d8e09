"""Models made faster for inference, with the same outputs."""
