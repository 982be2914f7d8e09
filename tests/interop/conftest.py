from importlib.util import find_spec

# Their adapter cannot be imported without the library.
collect_ignore_glob = [] if find_spec("keras_cv") else ["test_keras_cv_*.py"]
