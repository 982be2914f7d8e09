"""The facts of a training run, for its report."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any

from keras_mobilevitv3.backbones.variants import VARIANTS
from keras_mobilevitv3.checks import check_choice, check_integer
from keras_mobilevitv3.commands.heads import HEADS

NAMES_OF_RECIPES = ("name", "variants", "default_data")  # fields of a recipe that are not settings


@dataclass(frozen=True)
class TrainedRun:
    """The facts of a training run, for its report.

    Args:
        recipe: String, name of the recipe.
        variant: String, id of the network.
        head: `"classifier"`, `"deeplabv3"`, `"pspnet"` or `"ssdlite"`.
        data: String, name or folder of the data set.
        class_names: Tuple of strings, in the order of the labels.
        image_size: Integer, height and width of the images of the evaluation.
        settings: Dict of the settings of the recipe, see `changed_settings`. Defaults to no settings.
        start: String, the weights from which the run started: a published data set or a path, or `None` for random
            weights. Defaults to `None`.
        output_stride: Integer, output stride of a segmenter, or `None`. Defaults to `None`.
        several_labels: Boolean, whether an image may have several classes. Defaults to `False`.

    Raises:
        ValueError: If an argument is not as stated.
    """

    recipe: str
    variant: str
    head: str
    data: str
    class_names: tuple[str, ...]
    image_size: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: str | None = None
    output_stride: int | None = None
    several_labels: bool = False

    def __post_init__(self):
        check_choice("head", self.head, HEADS)
        check_choice("variant", self.variant, VARIANTS)
        check_integer("image_size", self.image_size)
        check_integer("classes", len(self.class_names))
        check_integer("output_stride", self.output_stride, optional=self.task != "segmentation")

    @property
    def task(self) -> str:
        """`"classification"`, `"segmentation"` or `"detection"`."""
        return HEADS[self.head].task


def changed_settings(recipe: Any) -> dict[str, Any]:
    """Returns the settings of a recipe that differ from the defaults of its fields.

    Args:
        recipe: Dataclass. Its fields may be dataclasses too.

    Returns:
        Dict from names, such as `"data.batch_size"`, to values. A field without a default is always included. The name
        of the recipe, its networks and its data set are left out.
    """
    return {name: value for name, value in _changed(recipe, "").items() if name not in NAMES_OF_RECIPES}


def _changed(config, prefix):
    changed = {}
    for each in fields(config):
        value = getattr(config, each.name)
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if is_dataclass(value):
            changed |= _changed(value, f"{prefix}{each.name}.")
        elif value != default:
            changed[f"{prefix}{each.name}"] = value
    return changed
