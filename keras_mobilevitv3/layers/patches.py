from keras import ops

from keras_mobilevitv3.array_types import Tensor

PATCH_SIZE = 2


def split_patches(maps: Tensor) -> Tensor:
    """Reshapes maps into a grid of 2x2 patches. The order of the values does not change.

    Args:
        maps: Tensor of shape `(batch, height, width, channels)`; height and width are even.

    Returns:
        Tensor of shape `(batch, height / 2, 2, width / 2, 2, channels)`: axes 1 and 3 count patches, axes 2 and 4
        pixels inside a patch.
    """
    _, height, width, channels = ops.shape(maps)
    return ops.reshape(maps, (-1, height // PATCH_SIZE, PATCH_SIZE, width // PATCH_SIZE, PATCH_SIZE, channels))


def unfold_patches(maps: Tensor) -> Tensor:
    """Rearranges maps into sequences of patches, one for each of the four pixels of a 2x2 patch.

    Args:
        maps: Tensor of shape `(batch, height, width, channels)`; height and width are even.

    Returns:
        Tensor of shape `(batch * 4, N, channels)` with `N = height * width / 4`.

    Reference:
        [Mehta and Rastegari, 2021](https://arxiv.org/abs/2110.02178), section 3.1
    """
    _, height, width, channels = ops.shape(maps)
    patches = ops.transpose(split_patches(maps), (0, 2, 4, 1, 3, 5))  # (B, 2, 2, H/2, W/2, C)
    return ops.reshape(patches, (-1, (height // PATCH_SIZE) * (width // PATCH_SIZE), channels))


def fold_patches(tokens: Tensor, size: tuple[int | Tensor, int | Tensor]) -> Tensor:
    """Reverses `unfold_patches`.

    Args:
        tokens: Tensor of shape `(batch * 4, N, channels)`.
        size: Tuple `(height, width)` of the maps, of even integers or integer scalar tensors.

    Returns:
        Tensor of shape `(batch, height, width, channels)`.
    """
    height, width = size
    channels = tokens.shape[-1]
    rows, columns = height // PATCH_SIZE, width // PATCH_SIZE
    patches = ops.reshape(tokens, (-1, PATCH_SIZE, PATCH_SIZE, rows, columns, channels))
    patches = ops.transpose(patches, (0, 3, 1, 4, 2, 5))  # (B, H/2, 2, W/2, 2, C)
    return ops.reshape(patches, (-1, height, width, channels))
