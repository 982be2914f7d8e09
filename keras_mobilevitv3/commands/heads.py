"""The heads of the command line, one row per head."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from keras_mobilevitv3.datasets import DATASETS, datasets_with_weights
from keras_mobilevitv3.datasets.dataset import Dataset


@dataclass(frozen=True)
class Head:
    """Head of a network, and the names by which commands recognize the head in models and checkpoints.

    Args:
        name: String, value of `--head`.
        task: String, task of the head, as in `Dataset`.
        dataset: String, data set whose published evaluation gives the default image size and output stride.
        builder: String, module and name of the function that builds a model, such as `"profiler:profile"`.
        layer: String, name of a Keras layer that only this head has.
        official_part: String, part of official tensor names that only this head has, or `""`.
        title: String, name in messages, or `""` for `name`. Defaults to `""`.
    """

    name: str
    task: str
    dataset: str
    builder: str
    layer: str
    official_part: str
    title: str = ""

    @property
    def image_size(self) -> int:
        """Integer, default height and width of images."""
        return DATASETS[self.dataset].image_size

    @property
    def published(self) -> dict[str, Dataset]:
        """Dict from names to the data sets of the published weights, the default data set first."""
        found = datasets_with_weights(self.name)
        return dict(sorted(found.items(), key=lambda item: item[0] != self.dataset))

    @property
    def build(self) -> Callable:
        """Function that builds a model from the id of a network."""
        module, name = self.builder.split(":")
        return getattr(import_module(f"keras_mobilevitv3.{module}"), name)


_ROWS = (
    Head("classifier", "classification", "imagenet", "classification.classifier:build_classifier", "predictions", ""),
    Head("deeplabv3", "segmentation", "pascal_voc", "segmentation.deeplabv3:DeepLabV3", "aspp", ".aspp_layer."),
    Head("pspnet", "segmentation", "pascal_voc", "segmentation.pspnet:PSPNet", "psp", ".psp_layer."),
    Head("ssdlite", "detection", "coco", "detection.ssdlite:SSDLite", "ssd_head0", "ssd_heads.", title="SSDLite"),
)
HEADS: dict[str, Head] = {head.name: head for head in _ROWS}
DEFAULT_HEAD = _ROWS[0]


def heads_for(task: str) -> list[Head]:
    """Returns the heads for a task, the default head first."""
    return [head for head in _ROWS if head.task == task]


def head_with_layer(layers: Iterable[str], heads: Iterable[Head] = _ROWS) -> Head:
    """Returns the head that has one of the given layers, or the first head if no head has.

    Args:
        layers: Iterable of strings, names of the layers of a model.
        heads: Iterable of `Head`, heads to search. Defaults to all heads.
    """
    names, (default, *_) = set(layers), heads
    return next((head for head in heads if head.layer in names), default)
