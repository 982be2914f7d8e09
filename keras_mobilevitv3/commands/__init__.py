"""The commands of the command line: each has `NAME`, `SUMMARY`, `DESCRIPTION`, `add_arguments` and `run`.

They import Keras, and all that needs it, only when they run: `--help` and wrong arguments need none of it.
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

COMMANDS = (list_variants, summary, profile, predict, segment, detect, convert, export, benchmark, demo)
