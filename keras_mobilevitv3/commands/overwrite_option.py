"""The option of every command that writes files."""


def add_no_overwrite(parser):
    """Adds `--no-overwrite`, which makes `arguments.overwrite` false."""
    parser.add_argument(
        "--no-overwrite",
        dest="overwrite",
        action="store_false",
        help="fail if a file to write exists; replaced if left out",
    )
