"""Folders of real photographs, some of them spoilt."""

import io

import numpy as np
from PIL import Image

from tests.training.augment.draws import photo
from training.sources.class_folders import FolderSource


def encode(image, file_format="JPEG", mode="RGB", **options):
    """The bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(image).convert(mode).save(buffer, file_format, **options)
    return buffer.getvalue()


def decoded(data):
    """What Pillow makes of the bytes of a file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def write_folder(root, count, size=(57, 72), classes=("china", "flower")):
    """Writes `count` JPEG photographs for each class and returns their paths, sorted."""
    paths = []
    for name in classes:
        (root / name).mkdir(parents=True)
        for number in range(count):
            paths.append(root / name / f"{number:03}.jpg")
            image = np.roll(photo(*size, f"{name}.jpg"), 3 * number, axis=1)
            paths[-1].write_bytes(encode(image, quality=90))
    return paths


def truncate(path):
    """Cuts a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoilt_folder(root, count):
    """`count` photographs, of which two cannot be read, and the paths of these."""
    paths = write_folder(root, count, (40, 50), classes=("china",))
    truncate(paths[3])
    paths[5].write_text("no image")
    return FolderSource(root), {str(paths[3]), str(paths[5])}


def write_picture(path, size=(8, 10), orientation=None, **options):
    """Writes a picture of noise, of a height and width, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(path.name)).integers(0, 256, (*size, 3)).astype("uint8")
    if orientation is not None:
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    Image.fromarray(pixels).save(path, **options)
    return path
