"""Names of tensors in official checkpoints."""
