"""Run every notebook of this folder from top to bottom, each in a kernel of its own.

python notebooks/run.py            all of them
python notebooks/run.py fine_tune  those whose name contains "fine_tune"
python notebooks/run.py --write    and save what they printed and drew
python notebooks/run.py --fast     trials of seconds, to see that all cells run
python notebooks/run.py --jobs 2   two at a time, each with one thread: for checking, not for the latencies of `--write`

`--fast` sets the variable KERAS_MOBILEVITV3_NOTEBOOKS to "fast"; each notebook reads it in its first cell.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FOLDER = Path(__file__).resolve().parent
# These start from the network that the first notebook leaves, and train it themselves if it is missing.
LATE = ("3_segmentation", "4_detection")


def run(path, timeout, write):
    """Execute the notebook at `path`; return the error text, or `None` if every cell ran."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=timeout,
        record_timing=False,  # times would change the file at every run
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return str(error)
    if write:
        drop_logs(notebook)
        nbformat.write(notebook, path)
    return None


def told(path, timeout, write):
    """Execute the notebook at `path`, print how it went, and return whether it failed."""
    start = time.perf_counter()
    error = run(path, timeout, write)
    print(f"{path.name}: {'failed' if error else 'ok'}, {time.perf_counter() - start:.1f} s", flush=True)
    if error:
        print(error, file=sys.stderr, flush=True)
    return error is not None


def drop_logs(notebook):
    """Drop what the libraries logged on stderr: it names the machine and differs at every run."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def main(argv=None):
    parser = argparse.ArgumentParser(description="Run the notebooks of this folder from top to bottom.")
    parser.add_argument("names", nargs="*", help="run only the notebooks whose name contains one of these")
    parser.add_argument("--write", action="store_true", help="save the outputs of the notebooks that ran")
    parser.add_argument("--fast", action="store_true", help="trials of seconds instead of trainings")
    parser.add_argument("--timeout", type=int, default=900, help="seconds allowed to one cell")
    parser.add_argument("--jobs", type=int, default=1, help="how many run at a time; above 1 each has one thread")
    args = parser.parse_args(argv)
    if args.write and (args.fast or args.jobs > 1):
        parser.error("--write saves outputs and latencies of the full settings: it goes without --fast and --jobs")
    os.environ["KERAS_MOBILEVITV3_NOTEBOOKS"] = "fast" if args.fast else "full"

    paths = sorted(FOLDER.glob("*.ipynb"))
    if args.names:
        paths = [path for path in paths if any(name in path.stem for name in args.names)]
        if not paths:
            parser.error(f"no notebook's name contains any of {args.names}")
    if not paths:
        print("no notebooks yet")

    if args.jobs > 1:
        os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1")
    paths.sort(key=lambda path: path.stem in LATE)
    with ThreadPoolExecutor(args.jobs) as pool:
        failures = sum(pool.map(lambda path: told(path, args.timeout, args.write), paths))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
