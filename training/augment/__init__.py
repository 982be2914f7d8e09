"""Augmentations of the published recipes, for `tf.data` pipelines.

Images are RGB, 0-255, channels last. Every random choice comes from a stateless seed, an integer tensor of shape
`(2,)`: the same seed gives the same result on every machine, in whatever order samples are prepared.
"""
