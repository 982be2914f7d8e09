from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from keras_mobilevitv3.array_types import Tensor

RunFunction: TypeAlias = Callable[[Tensor], dict[str, Tensor]]
"""A function that maps a float32 array of images to a dict of named output arrays."""


@dataclass(frozen=True)
class Format:
    """Format of exported models. Each format is a module of this folder with a `Format` named `FORMAT`.

    The modules import Keras, TensorFlow and the runtime inside functions only, so that the command line can list the
    formats without importing them.

    Args:
        name: String, the `format` argument of `export`.
        title: String, name of the format in texts.
        suffix: String, suffix of the file, or `""` if a model is a folder with numbered versions.
        precisions: Tuple of strings, the supported precisions.
        write: Function `write(deployment, path, precision)` that writes a `Deployment` to a `pathlib.Path`. It runs in
            a process with the TensorFlow backend.
        open: Function `open(path, threads, one_by_one)` that returns a `RunFunction`. `path` is a string, `threads` the
            number of CPU threads or `None`. With `one_by_one=True`, a file for one image per call runs once per image.
        runtime: String, name of the module that runs the files.
        packages: Tuple of strings, names of the modules that write and run the files, except TensorFlow. Defaults to
            `()`.
        distributions: Tuple of strings, installed packages whose versions the model card states. Defaults to `()`.
        file_kinds: Tuple of kinds of `file_contents`. Only existing files of these kinds are replaced, and empty files.
            Defaults to `()`.
        suffixes_beside: Tuple of strings, suffixes of further files that belong to the model. Defaults to `()`.
        holds_quantized_layers: Boolean, whether the format supports models that Keras has quantized. Defaults to
            `False`.
    """

    name: str
    title: str
    suffix: str
    precisions: tuple[str, ...]
    write: Callable[[Any, Path, str], Any]
    open: Callable[..., RunFunction]
    runtime: str
    packages: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    file_kinds: tuple[str, ...] = ()
    suffixes_beside: tuple[str, ...] = ()
    holds_quantized_layers: bool = False

    @property
    def is_folder(self) -> bool:
        """Boolean, whether a model is a folder with numbered versions instead of a file."""
        return not self.suffix


def check_batch(path: str, batch_size: Any, images: Tensor) -> None:
    """Checks the number of images in a call.

    Args:
        path: String, path of the exported file, for the error message.
        batch_size: Integer, fixed number of images per call. A value of any other type allows any number.
        images: Array of images.

    Raises:
        ValueError: If the number of images differs from `batch_size`.
    """
    if isinstance(batch_size, int) and len(images) != batch_size:
        raise ValueError(
            f"{path} was written for {batch_size} image{'s' if batch_size > 1 else ''} a call (`batch_size` of "
            f"`export`). Received: {len(images)} images"
        )
