"""`python -m keras_mobilevitv3`, the same as `keras-mobilevitv3`."""

import sys

from keras_mobilevitv3.cli import main

if __name__ == "__main__":
    sys.exit(main())
