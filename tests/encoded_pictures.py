"""Many kinds of picture files, each with the pixels that a viewer shows."""

import io
import struct

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

PHOTO = load_sample_image("flower.jpg")[:60, :91]
TURNED = {  # by EXIF orientation, how the stored pixels are to be shown
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2),
    8: np.rot90,
}


def encode(image, suffix, **options):
    file = io.BytesIO()
    image.save(file, suffix, **options)
    return file.getvalue()


def in_mode(mode, suffix, **options):
    """A file of a mode of Pillow, and what Pillow makes of it in RGB."""
    image = Image.fromarray(PHOTO).convert("L" if mode == "LA" else "RGB").convert(mode)
    contents = encode(image, suffix, **options)
    return contents, np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))


def with_orientation(orientation, suffix, little=True):
    order = "<" if little else ">"
    other = struct.pack(order + "HHIHH", 0x0106, 3, 1, 2, 0)  # another tag, before it
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    tags = struct.pack(order + "2sHIH", b"II" if little else b"MM", 42, 8, 2) + other + entry + bytes(4)
    contents = encode(Image.fromarray(PHOTO), suffix, exif=b"Exif\0\0" + tags)
    return contents, TURNED[orientation](np.asarray(Image.open(io.BytesIO(contents))))


def sixteen_bits():
    values = np.arange(60 * 91, dtype="uint16").reshape(60, 91) * 12
    return encode(Image.fromarray(values), "png"), np.repeat((values >> 8).astype("uint8")[..., None], 3, axis=-1)


def animated():
    frames = [Image.fromarray(array).convert("P") for array in (PHOTO, 255 - PHOTO)]
    contents = encode(frames[0], "gif", save_all=True, append_images=frames[1:])
    return contents, np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))


KINDS = {
    "jpeg": lambda: in_mode("RGB", "jpeg"),
    "jpeg of low quality": lambda: in_mode("RGB", "jpeg", quality=10),
    "jpeg without subsampling": lambda: in_mode("RGB", "jpeg", subsampling=0),
    "progressive jpeg": lambda: in_mode("RGB", "jpeg", progressive=True),
    "gray jpeg": lambda: in_mode("L", "jpeg"),
    "cmyk jpeg": lambda: in_mode("CMYK", "jpeg"),
    "png": lambda: in_mode("RGB", "png"),
    "gray png": lambda: in_mode("L", "png"),
    "png of one bit": lambda: in_mode("1", "png"),
    "png of sixteen bits": sixteen_bits,
    "gray png with transparency": lambda: in_mode("LA", "png"),
    "png with a palette": lambda: in_mode("P", "png"),
    "png with a transparent color": lambda: in_mode("P", "png", transparency=3),
    "png with transparency": lambda: in_mode("RGBA", "png"),
    "gif": lambda: in_mode("P", "gif"),
    "animated gif": animated,
    "bmp": lambda: in_mode("RGB", "bmp"),
    **{f"jpeg of orientation {each}": lambda each=each: with_orientation(each, "jpeg") for each in TURNED},
    "jpeg of orientation 6, big-endian": lambda: with_orientation(6, "jpeg", little=False),
    "png of orientation 8": lambda: with_orientation(8, "png"),
}
