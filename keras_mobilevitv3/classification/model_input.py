"""Picture files as the input of a given model."""

from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.preprocessing import EvaluationTransform
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform

PUBLISHED_SIZE = 256


def prepare_images(model, pictures):
    """Reads pictures and brings them to the size and to the pixel values that a model takes.

    Args:
        model: Classifier of this package, or one that holds MobileViT blocks.
        pictures: List of the paths of picture files, or of arrays that are read from them.

    Returns:
        Float32 tensor of shape `(batch, height, width, 3)`: the evaluation transform of the network's family, or, if
        the model has a fixed size, resized and cropped to it. Values are 0-255, or 0-1 if the model does not scale.
    """
    family = family_of(model)
    if family is None:
        raise ValueError(f"the model {model.name!r} has no MobileViT block: it is not one of this package")
    images = transform(model, family)(list(pictures))
    height, width = (side or images.shape[1] for side in model.inputs[0].shape[1:3])
    top, left = (images.shape[1] - height) // 2, (images.shape[2] - width) // 2
    return from_pixels(model, images[:, top : top + height, left : left + width])


def transform(model, family):
    """The published transform, or, for a model of a fixed size, a crop as small as holds that size."""
    sides = [side for side in model.inputs[0].shape[1:3] if side is not None]
    if not sides:
        return evaluation_transform(family.attention)
    published = {PUBLISHED_SIZE, *family.resize_sizes}
    if len(sides) == 2 and sides[0] == sides[1] and sides[0] in published:
        return evaluation_transform(family.attention, sides[0])
    return EvaluationTransform(resize_size=max(sides), crop_size=max(sides), antialias=True)
