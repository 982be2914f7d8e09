"""Checks of arguments. Each error names the argument, the allowed values, and the received value."""

import difflib
import math
import os
from collections.abc import Collection, Iterable
from typing import Any


def check_integer(name: str, value: Any, least: int = 1, optional: bool = False) -> None:
    """Raises `ValueError` unless a value is an integer of at least `least`, or `None` if `None` is allowed.

    Args:
        name: String, name of the argument.
        value: Value of the argument. A boolean is not an integer.
        least: Integer, smallest allowed value. Defaults to `1`.
        optional: Boolean, whether `None` is allowed. Defaults to `False`.
    """
    if value is None and optional:
        return
    if not is_integer(value) or value < least:
        allowed = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise ValueError(f"`{name}` must be {allowed}{' or None' if optional else ''}. Received: {name}={value!r}")


def check_odd(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is an odd positive integer."""
    if not is_integer(value) or value < 1 or value % 2 == 0:
        raise ValueError(f"`{name}` must be an odd positive integer. Received: {name}={value!r}")


def check_integers(name: str, value: Any, count: int, least: int = 1) -> None:
    """Raises `ValueError` unless a value is a tuple or list of `count` integers of at least `least`."""
    if not isinstance(value, tuple | list):
        raise ValueError(f"`{name}` must be a tuple of {count} integers. Received: {name}={value!r}")
    if len(value) != count:
        raise ValueError(f"`{name}` must have {count} values. Received: {name}={value!r}")
    if not all(is_integer(each) and each >= least for each in value):
        allowed = "positive integers" if least == 1 else f"integers of at least {least}"
        raise ValueError(f"`{name}` must hold {allowed}. Received: {name}={value!r}")


def check_positive_integers(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a non-empty tuple or list of positive integers."""
    if not isinstance(value, tuple | list) or not value or not all(is_integer(each) and each > 0 for each in value):
        raise ValueError(f"`{name}` must be positive integers. Received: {name}={value!r}")


def check_rate(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a number in [0, 1)."""
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError(f"`{name}` must be in [0, 1). Received: {name}={value!r}")


def check_positive(name: str, value: Any, optional: bool = False) -> None:
    """Raises `ValueError` unless a value is a finite number above 0, or `None` if `None` is allowed."""
    if not (value is None and optional) and (not is_number(value) or value <= 0):
        allowed = "a finite number above 0" + (" or None" if optional else "")
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value!r}")


def check_not_negative(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a finite number of at least 0."""
    if not is_number(value) or value < 0:
        raise ValueError(f"`{name}` must be a finite number of at least 0. Received: {name}={value!r}")


def check_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Raises `ValueError` unless a value is one of `choices`, which are strings, integers or `None`."""
    if isinstance(value, bool) or not isinstance(value, str | int | None) or value not in choices:
        raise ValueError(f"`{name}` must be one of {list(choices)}. Received: {name}={value!r}")


def check_boolean(name: str, value: Any, optional: bool = False) -> None:
    """Raises `ValueError` unless a value is `True` or `False`, or `None` if `None` is allowed."""
    if not (isinstance(value, bool) or (value is None and optional)):
        allowed = "True, False or None" if optional else "True or False"
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value!r}")


def check_fraction(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a number in [0, 1]."""
    if not is_number(value) or not 0 <= value <= 1:
        raise ValueError(f"`{name}` must be a number in [0, 1]. Received: {name}={value!r}")


def check_instance(name: str, value: Any, kind: type) -> None:
    """Raises `ValueError` unless a value is an instance of a class."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__.startswith(("SSD", "A", "E", "I", "O")) else "a"
        raise ValueError(f"`{name}` must be {article} `{kind.__name__}`. Received: {name}={value!r}")


def check_name(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a non-empty string or `None`."""
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError(f"`{name}` must be a string or None. Received: {name}={value!r}")


def check_strings(name: str, value: Any, count: int) -> None:
    """Raises `ValueError` unless a value is a sequence of `count` strings, one for each class."""
    if not are_strings(value) or len(value) != count:
        raise ValueError(
            f"`{name}` must be a sequence of {count} strings, one for each class. Received: {name}={value!r}"
        )


def check_path(name: str, value: Any) -> None:
    """Raises `ValueError` unless a value is a non-empty string or a path object."""
    if not isinstance(value, str | os.PathLike) or not str(value):
        raise ValueError(f"`{name}` must be a path. Received: {name}={value!r}")


def check_keywords(function: str, given: Iterable[str], known: Collection[str]) -> None:
    """Raises `TypeError` for the first keyword that a function does not accept.

    Args:
        function: String, name of the function.
        given: Iterable of strings, names of the received keywords.
        known: Sequence of strings, names of the accepted keywords.
    """
    for name in given:
        if name not in known:
            raise TypeError(f"{function}() got an unexpected argument {name!r}.{did_you_mean(name, known)}")


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Returns `" Did you mean ...?"` with the known word closest to `word`, or `""` if no word is close."""
    matches = difflib.get_close_matches(str(word), list(known), n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""


def are_strings(value: Any) -> bool:
    """Returns whether a value is a sequence of strings, such as a list or an array."""
    is_sequence = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    return is_sequence and not isinstance(value, str | bytes | dict) and all(isinstance(each, str) for each in value)


def is_integer(value: Any) -> bool:
    """Returns whether a value is a Python integer. A boolean is not an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Returns whether a value is a finite integer or float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
