import importlib.util
from collections.abc import Sequence


def require_packages(purpose: str, packages: Sequence[str]) -> None:
    """Raises `ImportError` unless packages of the extra `export` are installed. The message names the missing ones.

    Args:
        purpose: String, the task that needs the packages. The message begins with it.
        packages: Sequence of strings, names of modules.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise ImportError(
            f"{purpose} needs {', '.join(missing)}. Install it with `pip install keras-mobilevitv3[export]`"
        )
