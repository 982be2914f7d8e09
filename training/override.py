"""Changes settings of a recipe, for `--set`."""

import ast
from dataclasses import fields, is_dataclass, replace


def override(config, assignments):
    """Returns a recipe with some settings changed.

    Args:
        config: `Recipe`, or another dataclass.
        assignments: Sequence of strings such as `"epochs=10"`, `"data.batch_size=64"`, `"data.crop_scale=(0.2, 1.0)"`
            or `"optimizer.max_gradient_norm=None"`. Values are Python literals. Strings need no quotes.

    Raises:
        ValueError: If a name is not the name of a setting, or a value has another type than the setting.
    """
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"A setting must be `name=value`, such as `data.batch_size=64`. Received: {assignment!r}")
        config = _override_one(config, path.strip().split("."), text.strip(), assignment)
    return config


def restored(config, values):
    """Returns a config with the settings of a JSON file.

    Args:
        config: `Recipe`, or another dataclass.
        values: Dict that `dataclasses.asdict` and JSON made of such a config. Settings that it lacks stay as they are.

    Raises:
        ValueError: If a value is not allowed.
    """
    settings = {}
    for name in (setting.name for setting in fields(config) if setting.name in values):
        present = getattr(config, name)
        settings[name] = restored(present, values[name]) if is_dataclass(present) else _as_tuples(values[name])
    return replace(config, **settings)


def _as_tuples(value):
    """Converts lists, which JSON has in the place of tuples."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _override_one(config, names, text, assignment):
    settings = {setting.name: setting for setting in fields(config)}
    name, *rest = names
    nested = is_dataclass(getattr(config, name, None))
    if name not in settings or nested != bool(rest):
        known = [f"{key}.*" if is_dataclass(getattr(config, key)) else key for key in settings]
        raise ValueError(f"`{name}` must be one of {', '.join(known)}. Received: {assignment!r}")
    if rest:
        value = _override_one(getattr(config, name), rest, text, assignment)
    else:
        value = _parse(text, settings[name].type, assignment)
    return replace(config, **{name: value})


def _parse(text, kind, assignment):
    """Returns the value of a text. The value has the annotated type of the setting."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    optional = "None" in str(kind)
    kinds = [each for each in (bool, int, float, str, tuple) if each is kind or str(kind).startswith(each.__name__)]
    if value is None and optional:
        return None
    if str not in kinds and isinstance(value, str):
        kinds_named = str(getattr(kind, "__name__", kind))
        raise ValueError(f"The value must be of type {kinds_named}. Received: {assignment!r}")
    if str in kinds:
        return text.strip("'\"")
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if tuple in kinds and isinstance(value, list):
        value = tuple(value)
    if not any(type(value) is each for each in kinds):
        raise ValueError(f"The value must be of type {getattr(kind, '__name__', kind)}. Received: {assignment!r}")
    return value
