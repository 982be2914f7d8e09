"""The published training runs, one file each, and `find_recipe`."""

from importlib import import_module
from pkgutil import iter_modules


def list_recipes():
    """Returns the names of the recipes, sorted."""
    return sorted(module.name for module in iter_modules(__path__))


def find_recipe(name):
    """Returns the `Recipe` of a name.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in list_recipes():
        raise ValueError(f"`recipe` must be one of {list_recipes()}. Received: recipe={name!r}")
    return import_module(f"{__name__}.{name}").RECIPE
