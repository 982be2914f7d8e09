"""Finds the records in the modules of a package. A new module adds a record."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def find_records(package: ModuleType, attribute: str, kind: type[Any]) -> dict[str, Any]:
    """Returns the records in the modules of a package, by name.

    Args:
        package: Package. Each module of the package may contain one record.
        attribute: String, name of the variable that contains the record.
        kind: Class of the records.

    Returns:
        Dict from the `name` of each record to the record, in the order of the file names.

    Raises:
        ValueError: If two records have the same name.
        TypeError: If a variable contains something else than a record.
    """
    records: dict[str, Any] = {}
    files: dict[str, str] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        path = f"{package.__name__}.{module.name}"
        record: Any = getattr(importlib.import_module(path), attribute, None)
        if record is None:
            continue
        if not isinstance(record, kind):
            raise TypeError(f"`{path}.{attribute}` must be a `{kind.__name__}`. Received: {record!r}")
        if record.name in records:
            raise ValueError(
                f"The names of records must differ. Received: name={record.name!r} in {files[record.name]} and {path}"
            )
        records[record.name], files[record.name] = record, path
    return records
