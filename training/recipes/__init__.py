"""Recipes, one file each: the published training runs, runs on digits, and fine-tuning."""

from importlib import import_module
from pkgutil import iter_modules

from training.settings import Recipe


def list_recipes(kind=Recipe):
    """Returns the names of the recipes, sorted.

    Args:
        kind: Class of the recipes: `ClassificationRecipe`, `SegmentationRecipe` or `DetectionRecipe`. Defaults to
            `Recipe`, for the recipes of all tasks.
    """
    names = sorted(module.name for module in iter_modules(__path__))
    return [name for name in names if isinstance(_load(name), kind)]


def find_recipe(name, kind=Recipe):
    """Returns the `Recipe` with a name.

    Args:
        name: String, name of the recipe.
        kind: Class of the recipe. Defaults to `Recipe`, for any task.

    Raises:
        ValueError: If no recipe has this name and class.
    """
    if name not in list_recipes(kind):
        raise ValueError(f"`recipe` must be one of {list_recipes(kind)}. Received: recipe={name!r}")
    return _load(name)


def _load(name):
    return import_module(f"{__name__}.{name}").RECIPE
