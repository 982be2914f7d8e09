"""Image classification: the head, the builders, prediction on images."""
