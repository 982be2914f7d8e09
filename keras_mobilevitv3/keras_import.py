"""Calls functions after the import of Keras, so that importing this package does not import Keras."""

import importlib.abc
import sys
import threading
from collections.abc import Callable

PACKAGE = __name__.split(".")[0]

_functions: list[Callable[[], object]] = []
_lock = threading.Lock()
_imports_in_progress = 0  # number of imports of Keras and of modules of this package, in all threads


def after_keras_import(function: Callable[[], object]) -> None:
    """Calls a function at the end of the first successful `import keras`, or now if Keras is already imported.

    If a module of this package imports Keras first, the call waits for the end of the module's import, because the
    function may import the module. So if one thread imports a submodule of this package while another thread imports
    Keras, `import keras` may return in the other thread before the call. Threads that import Keras at the same time may
    call the function twice.

    Args:
        function: Function without arguments.
    """
    _functions.append(function)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    _call_if_ready()  # another thread may have started to import Keras before the lines above


def _call_if_ready():
    if _imports_in_progress or "keras" not in sys.modules:
        return
    # Creates a new list, because another thread may be iterating over the old list.
    sys.meta_path = [finder for finder in sys.meta_path if finder is not _FINDER]
    for function in tuple(_functions):
        function()
        if function in _functions:
            _functions.remove(function)


class _Finder(importlib.abc.MetaPathFinder):
    """Finder that wraps the loaders of Keras and of the modules of this package.

    The other finders of `sys.meta_path` find the modules.
    """

    def find_spec(self, fullname, path, target=None):
        if fullname != "keras" and not fullname.startswith(f"{PACKAGE}."):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:  # a folder without `__init__.py` has no loader
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    """Loader that loads a module with the original loader, then calls the waiting functions.

    The loaded module refers to the original loader.
    """

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        global _imports_in_progress
        module.__spec__.loader = module.__loader__ = self._loader
        with _lock:
            _imports_in_progress += 1
        try:
            self._loader.exec_module(module)
        finally:
            with _lock:
                _imports_in_progress -= 1
        _call_if_ready()


_FINDER = _Finder()
