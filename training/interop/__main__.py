"""Runs `training.interop.compare`."""

import sys

from training.interop.compare import main

sys.exit(main())
