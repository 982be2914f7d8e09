"""Timing of several calls that take turns."""

import os
import platform
import statistics
import time

import keras


def interleaved_medians(calls, rounds, warm_up):
    """Median time of each of several calls.

    Each round makes every call once, so that a slower moment of the machine meets all of them.

    Args:
        calls: Dict from a key to a function of no argument that returns when its work is done.
        rounds: Integer, timed rounds.
        warm_up: Integer, rounds before them, for tracing, compiling and filling caches.

    Returns:
        Dict from the keys to seconds.
    """
    times = {key: [] for key in calls}
    for number in range(warm_up + rounds):
        for key, call in calls.items():
            start = time.perf_counter()
            call()
            if number >= warm_up:
                times[key].append(time.perf_counter() - start)
    return {key: statistics.median(values) for key, values in times.items()}


def cpu_threads():
    """Number of CPU threads that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine():
    """One line about the backend and the machine."""
    backend = keras.backend.backend()
    return f"Keras {keras.version()} on {backend}, Python {platform.python_version()}, {cpu_threads()} CPU threads"
