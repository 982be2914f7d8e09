from importlib.util import find_spec

# An adapter cannot be imported without its library.
LIBRARIES = ("keras_cv", "keras_hub")
collect_ignore_glob = [f"test_{library}_*.py" for library in LIBRARIES if not find_spec(library)]
