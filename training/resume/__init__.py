"""What a run needs to continue after an interruption: its folder, lock, record, checkpoints and states."""
