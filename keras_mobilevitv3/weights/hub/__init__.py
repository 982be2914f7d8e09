"""The table of published checkpoints, and their download."""
