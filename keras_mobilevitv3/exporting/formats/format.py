from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format of exported models. Each module of this folder holds one, under the name `FORMAT`.

    The modules import Keras, TensorFlow and the runtime inside their functions only: the command line lists the formats
    without them.

    Args:
        name: String, the `format` argument of `export`.
        title: String, the name in texts.
        suffix: String, suffix of the file; `""` for a format that is a folder with numbered versions in it.
        precisions: Tuple of the precisions that the format can be written in.
        write: Function from a `Deployment`, the `pathlib.Path` to write to and the precision. It runs in a process with
            the TensorFlow backend.
        open: Function from the path as a string, the number of CPU threads or `None`, and whether a file for one image
            is called once per image; it returns a function from a float32 array of images to a dict of NumPy arrays.
        runtime: String, the module that runs the files.
        packages: Tuple of the modules that write and run the files, besides TensorFlow. Defaults to none.
        distributions: Tuple of the installed packages whose versions the model card states. Defaults to none.
        file_kinds: Tuple of kinds of `file_contents`: what an existing file must be to be replaced. Defaults to none:
            only empty files are replaced.
        suffixes_beside: Tuple of the suffixes of further files that belong to the model. Defaults to none.
        holds_quantized_layers: Boolean, whether models that Keras has quantized can be written. Defaults to `False`.
    """

    name: str
    title: str
    suffix: str
    precisions: tuple[str, ...]
    write: Callable
    open: Callable
    runtime: str
    packages: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    file_kinds: tuple[str, ...] = ()
    suffixes_beside: tuple[str, ...] = ()
    holds_quantized_layers: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether a model is a folder with numbered versions in it, and not a file."""
        return not self.suffix


def check_batch(path: str, batch_size: int | None, images):
    """Checks the number of images of a call.

    Args:
        path: String, path of the exported file, for the message.
        batch_size: Integer, images per call that the file was written for. Anything but an integer stands for any
            number.
        images: Array of images.

    Raises:
        ValueError: If the number of images is another one.
    """
    if isinstance(batch_size, int) and len(images) != batch_size:
        raise ValueError(
            f"{path} was written for {batch_size} image{'s' if batch_size > 1 else ''} a call (`batch_size` of "
            f"`export`). Received: {len(images)} images"
        )
