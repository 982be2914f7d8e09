import importlib.util


def require_packages(purpose, packages):
    """Raises `ImportError` that names the packages of the extra `export` that are not installed.

    Args:
        purpose: String, what needs them, the beginning of the message.
        packages: Sequence of strings, names of modules.
    """
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise ImportError(
            f"{purpose} needs {', '.join(missing)}. Install it with `pip install keras-mobilevitv3[export]`"
        )
