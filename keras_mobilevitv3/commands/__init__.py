"""The commands of the command line: each has `NAME`, `SUMMARY`, `DESCRIPTION`, `add_arguments` and `run`.

The modules import neither Keras nor NumPy. `run` imports them after its checks of the arguments.
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

# In the order of `--help`, from looking at a network to using it.
COMMANDS = (list_variants, summary, profile, predict, segment, detect, convert, export, benchmark, demo)
