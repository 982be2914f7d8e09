"""Finds the records in the modules of a package. A new module adds a record."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def find_records(package: ModuleType, attribute: str) -> dict[str, Any]:
    """Returns the records in the modules of a package, by name.

    Args:
        package: Package. Each module of the package may contain one record.
        attribute: String, name of the variable that contains the record.

    Returns:
        Dict from the `name` of each record to the record, in the order of the file names.

    Raises:
        ValueError: If two records have the same name.
    """
    records: dict[str, Any] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        record = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), attribute, None)
        if record is None:
            continue
        if record.name in records:
            raise ValueError(f"Two records of {package.__name__} have the name {record.name!r}")
        records[record.name] = record
    return records
