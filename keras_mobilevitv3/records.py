"""Records that are found by scanning a folder, so that a new file is all that a new record takes."""

import importlib
import pkgutil


def find_records(package, attribute):
    """The records in the modules of a package, by their names.

    Args:
        package: Package. Each module in it may hold one record.
        attribute: String, the name under which a module holds its record.

    Returns:
        Dict from the `name` of each record to the record, in the order of the file names.

    Raises:
        ValueError: If two records have the same name.
    """
    found = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        record = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), attribute, None)
        if record is None:
            continue
        if record.name in found:
            raise ValueError(f"Two records of {package.__name__} have the name {record.name!r}")
        found[record.name] = record
    return found
