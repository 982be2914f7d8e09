"""Continues interrupted runs: the folder, the lock, the record, the checkpoints and the state of a run."""
