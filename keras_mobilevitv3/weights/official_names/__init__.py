"""Maps the names of layers and weights to the names in official checkpoints."""
