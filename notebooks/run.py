"""Runs every notebook of this folder from top to bottom, each in a kernel of its own.

python notebooks/run.py            all notebooks
python notebooks/run.py fine_tune  the notebooks whose name contains "fine_tune"
python notebooks/run.py --write    and save their outputs
python notebooks/run.py --fast     short trials of seconds, to check that all cells run
python notebooks/run.py --jobs 2   two at a time, each with one thread; `--write` does not allow this

`--fast` sets the environment variable KERAS_MOBILEVITV3_NOTEBOOKS to "fast". The first cell of each notebook reads it.
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
# These notebooks start from the network that notebook 1 saves. If it is missing, they run notebook 1.
NEED_NETWORK_OF_NOTEBOOK_1 = ("3_segmentation", "4_detection")


def run(path, timeout, write):
    """Executes the notebook at `path`. Returns the error text, or `None` if every cell ran."""
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


def run_and_report(path, timeout, write):
    """Executes the notebook at `path` and prints the result. Returns `True` if it failed."""
    start = time.perf_counter()
    error = run(path, timeout, write)
    print(f"{path.name}: {'failed' if error else 'ok'}, {time.perf_counter() - start:.1f} s", flush=True)
    if error:
        print(error, file=sys.stderr, flush=True)
    return error is not None


def drop_logs(notebook):
    """Drops the stderr output, because logs name the machine and differ in every run."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def main(argv=None):
    parser = argparse.ArgumentParser(description="Run the notebooks of this folder from top to bottom.")
    parser.add_argument("names", nargs="*", help="run only the notebooks whose name contains one of these texts")
    parser.add_argument("--write", action="store_true", help="save the outputs of the notebooks that ran")
    parser.add_argument("--fast", action="store_true", help="run short trials of seconds instead of full trainings")
    parser.add_argument("--timeout", type=int, default=900, help="maximum number of seconds per cell")
    parser.add_argument(
        "--jobs", type=int, default=1, help="notebooks to run at a time; with more than 1, each uses one thread"
    )
    args = parser.parse_args(argv)
    if args.write and (args.fast or args.jobs > 1):
        parser.error("--write saves outputs and latencies of full runs and cannot be combined with --fast or --jobs")
    os.environ["KERAS_MOBILEVITV3_NOTEBOOKS"] = "fast" if args.fast else "full"

    paths = sorted(FOLDER.glob("*.ipynb"))
    if args.names:
        paths = [path for path in paths if any(name in path.stem for name in args.names)]
        if not paths:
            parser.error(f"no notebook has a name that contains any of {args.names}")
    if not paths:
        print("no notebooks yet")

    if args.jobs > 1:
        os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1")
    paths.sort(key=lambda path: path.stem in NEED_NETWORK_OF_NOTEBOOK_1)
    with ThreadPoolExecutor(args.jobs) as pool:
        failures = sum(pool.map(lambda path: run_and_report(path, args.timeout, args.write), paths))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
