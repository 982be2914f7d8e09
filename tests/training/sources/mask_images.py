"""PNG masks as files have them."""

import io

import numpy as np
from PIL import Image


def labels(classes=21, shape=(40, 51), seed=0):
    """A mask of large patches, uint8, with all the classes."""
    patches = np.random.default_rng(seed).integers(0, classes, (5, 5)).astype("uint8")
    mask = np.kron(patches, np.ones((-(-shape[0] // 5), -(-shape[1] // 5)), "uint8"))[: shape[0], : shape[1]].copy()
    mask[0, :classes] = np.arange(classes)
    return mask


def encode_png(image, **options):
    """The bytes of a PNG file of a Pillow image."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def palette_image(mask, colours=None):
    """A palette image; by default with the colours of PASCAL VOC, the bits of each number spread over the channels."""
    if colours is None:
        numbers = np.arange(256)
        colours = np.stack(
            [sum(((numbers >> (3 * bit + channel)) & 1) << (7 - bit) for bit in range(3)) for channel in range(3)],
            axis=1,
        )
    image = Image.frombytes("P", mask.shape[::-1], mask.tobytes())
    image.putpalette(np.asarray(colours, "uint8").ravel().tolist())
    return image


def write_pairs(images, masks, names, make_mask=palette_image, size=(40, 51), classes=21):
    """Writes a photograph and a mask for each name, and returns the masks, uint8 `(count, *size)`."""
    from tests.training.augment.draws import photo
    from tests.training.sources.image_files import encode

    written = []
    for folder in (images, masks):
        folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        written.append(labels(classes, size, number))
        image = np.roll(photo(*size), 5 * number, axis=1)
        (images / f"{name}.jpg").write_bytes(encode(image, quality=90))
        (masks / f"{name}.png").write_bytes(encode_png(make_mask(written[-1])))
    return np.stack(written)
