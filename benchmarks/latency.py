"""Latency in Keras on each backend, of each exported file, and of PyTorch networks of `transformers`, with ratios.

    python benchmarks/latency.py --threads 1
    python benchmarks/latency.py mobilevitv3_s --batches 1 --sides torch onnx transformers --rounds 50

Each side is a process of its own, held to as many CPUs as there are threads. One works at a time, and within each round
all take turns, so that a slower moment of the machine meets all of them. Weights and images are random, as neither
changes what is computed; files in 8 bits are calibrated on photographs.
"""

import argparse
import multiprocessing
import platform
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from itertools import product

import latency_side
from latency_side import BACKENDS, FORMATS, TRANSFORMERS

SIDES = (*BACKENDS, *FORMATS, TRANSFORMERS)
NETWORKS = ("mobilevitv3_xxs", "mobilevitv3_050")
LIBRARIES = ("keras", "tensorflow", "jax", "torch", "ai-edge-litert", "onnxruntime", "openvino", "transformers")


class Side:
    """A process in which calls are timed.

    Args:
        name: String, one of `SIDES`.
        **task: Arguments of `latency_side.prepare`.
    """

    def __init__(self, name, **task):
        self.process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        self.calls = self.process.submit(latency_side.prepare, name, **task).result()

    def seconds(self, call):
        return self.process.submit(latency_side.seconds, call).result()


def measure(sides, rounds):
    """Seconds of each call of each side, in rounds in which all take turns.

    Args:
        sides: Dict of `Side`, or what has its `calls` and `seconds`, by names.
        rounds: Integer, timed rounds, after one that is not.

    Returns:
        Dict from `(side, call)` to a list of numbers.
    """
    times = {(name, call): [] for name, side in sides.items() for call in side.calls}
    for number in range(rounds + 1):
        for name, call in times:
            elapsed = sides[name].seconds(call)
            if number > 0:
                times[name, call] += elapsed
    return times


def table(times):
    """Lines of Markdown: the median of each call, the middle half of its times, and its speed relative to PyTorch.

    Args:
        times: Dict from `(side, call)` to seconds.

    Returns:
        List of strings.
    """
    medians = {key: statistics.median(values) for key, values in times.items()}
    first = (TRANSFORMERS, "eager")
    lines = ["| runtime | how | median (ms) | middle half (ms) | speed |", "|---|---|---|---|---|"]
    for key, values in times.items():
        low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
        speed = f"{medians[first] / medians[key]:.2f}" if first in medians else "-"
        lines.append(f"| {' | '.join(key)} | {medians[key] * 1e3:.2f} | {low * 1e3:.2f} - {high * 1e3:.2f} | {speed} |")
    return lines


def machine():
    """One line about the processor and the libraries."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            cpu = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        cpu = platform.processor() or platform.machine()
    return f"{cpu}, Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}"


def main(argv=None):
    parser = argparse.ArgumentParser(
        description="Latency of networks.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("networks", nargs="*", default=NETWORKS, help="ids of networks")
    parser.add_argument("--size", type=int, default=256, help="height and width of the images")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16], help="images per call")
    parser.add_argument("--threads", type=int, default=1, help="CPUs of each side")
    parser.add_argument("--rounds", type=int, default=15, help=f"rounds of {latency_side.REPEATS} timed calls")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    arguments = parser.parse_args(argv)

    print(machine())
    for network, batch in product(arguments.networks, arguments.batches):
        print(
            f"\n{network}, batches of {batch} of {arguments.size}x{arguments.size}, threads: {arguments.threads}\n",
            flush=True,
        )
        task = {"network": network, "size": arguments.size, "batch": batch, "threads": arguments.threads}
        with ExitStack() as stack:
            task["folder"] = stack.enter_context(tempfile.TemporaryDirectory())
            sides = {}
            for name in arguments.sides:
                sides[name] = Side(name, **task)
                stack.callback(sides[name].process.shutdown)
            print("\n".join(table(measure(sides, arguments.rounds))), flush=True)


if __name__ == "__main__":
    main()
