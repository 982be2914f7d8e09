"""Writes SavedModels for TF Serving."""
