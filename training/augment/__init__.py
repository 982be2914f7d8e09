"""Augmentations of the published recipes, with NumPy, Pillow and OpenCV.

Images are uint8 arrays `(height, width, 3)`, RGB, 0-255. Masks are uint8 arrays `(height, width)` of labels from 0,
with `VOID` at pixels without a label. Boxes are float32 arrays `(count, 4)`, xyxy in pixels.

Each random function draws its numbers from the `np.random.Generator` that it is given. The functions leave their
arguments unchanged. A result may be a view of an argument, or read-only.
"""

VOID = 255
