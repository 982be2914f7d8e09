"""The published data sets."""
