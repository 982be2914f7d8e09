"""The table of networks, and the builder of their feature extractors."""
