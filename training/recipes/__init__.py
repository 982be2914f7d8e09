"""The published training runs, one file each, and `find_recipe`."""

from importlib import import_module
from pkgutil import iter_modules

from training.settings import Recipe


def list_recipes(kind=Recipe):
    """Returns the names of the recipes, sorted.

    Args:
        kind: Class, `ClassificationRecipe`, `SegmentationRecipe` or `DetectionRecipe`. Defaults to `Recipe`, for all.
    """
    names = sorted(module.name for module in iter_modules(__path__))
    return [name for name in names if isinstance(_load(name), kind)]


def find_recipe(name, kind=Recipe):
    """Returns the `Recipe` of a name.

    Args:
        name: String.
        kind: Class that the recipe must be of. Defaults to `Recipe`.

    Raises:
        ValueError: If there is none of that name and class.
    """
    if name not in list_recipes(kind):
        raise ValueError(f"`recipe` must be one of {list_recipes(kind)}. Received: recipe={name!r}")
    return _load(name)


def _load(name):
    return import_module(f"{__name__}.{name}").RECIPE
