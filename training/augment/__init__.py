"""Augmentations of the published recipes, for `tf.data` pipelines.

Images are RGB, 0-255, channels last. Every random choice comes from a stateless seed, an integer tensor of shape
`(2,)`: the same seed gives the same result on every machine, in whatever order samples are prepared.

Masks are uint8: labels from 0, and `VOID` where there is none. Boxes are xyxy, in pixels.
"""

VOID = 255
