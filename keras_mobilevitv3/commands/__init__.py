"""The commands of the command line, one per module.

Each module of a command defines `NAME`, `SUMMARY`, `DESCRIPTION`, `add_arguments` and `run`. Importing the modules does
not import Keras or NumPy. `run` imports Keras and NumPy after the checks of the arguments.
"""

from keras_mobilevitv3.commands import (
    benchmark,
    convert,
    demo,
    detect,
    export,
    list_variants,
    predict,
    profile,
    segment,
    summary,
)

# The order of `--help`: first the commands that describe networks, then the commands that use networks.
COMMANDS = (list_variants, summary, profile, predict, segment, detect, convert, export, benchmark, demo)
