"""The heads that the command line knows: one row for each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from keras_mobilevitv3.datasets import DATASETS, datasets_with_weights
from keras_mobilevitv3.datasets.dataset import Dataset


@dataclass(frozen=True)
class Head:
    """A head, and how models and checkpoints show that they have it.

    Args:
        name: String, the value of `--head`.
        task: String, the task of the data sets that the head is for.
        dataset: String, the data set whose published evaluation gives the default image size and output stride.
        builder: String, module and name of the function that builds a model, such as `"profiler:profile"`.
        layer: String, a layer of Keras models that no other head has.
        official_part: String, a part of the names of official tensors that no other head has, or `""`.
        title: String, the name in messages. Defaults to the name.
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
        """Integer, the default height and width of images."""
        return DATASETS[self.dataset].image_size

    @property
    def published(self) -> dict[str, Dataset]:
        """The data sets of the published weights by name, the default one first."""
        found = datasets_with_weights(self.name)
        return dict(sorted(found.items(), key=lambda item: item[0] != self.dataset))

    @property
    def build(self) -> Callable:
        """The function that builds a model from the id of a network."""
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
    """The heads for a task, the default one first."""
    return [head for head in _ROWS if head.task == task]


def head_with_layer(layers: Iterable[str], heads: Iterable[Head] = _ROWS) -> Head:
    """The head whose layer is among the layers of a model, or else the first of the heads."""
    names, (default, *_) = set(layers), heads
    return next((head for head in heads if head.layer in names), default)
