"""Rewrites of graphs that several formats share."""
