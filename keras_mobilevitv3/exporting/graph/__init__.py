"""Rewrites graphs for the formats: named outputs, box decoding and 8 bits."""
