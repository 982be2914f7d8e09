"""Starting runs on several replicas, and what they tell."""

import keras

from tests.training.tiny_runs import finish, free_port, results, start


def mirrored(workdir, *tasks):
    return [start(workdir, "--strategy", "mirrored", "--cpu-devices", 2, "--batch-size", 8, "--tasks", *tasks)]


def jax_devices(count):
    arguments = "--strategy", "jax", "--cpu-devices", count, "--batch-size", 16 // count
    return lambda workdir, *tasks: [start(workdir, *arguments, "--tasks", *tasks)]


def jax_processes(workdir, *tasks):
    address = f"127.0.0.1:{free_port()}"
    return [
        start(
            *(workdir, "--strategy", "jax", "--cpu-devices", 1, "--batch-size", 8, "--tasks", *tasks),
            KERAS_DISTRIBUTION_JOB_ADDRESSES=address,
            KERAS_DISTRIBUTION_NUM_PROCESSES="2",
            KERAS_DISTRIBUTION_PROCESS_ID=str(number),
        )
        for number in range(2)
    ]


def ddp(workdir, *tasks):
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}", "-m")
    return [start(workdir, "--strategy", "ddp", "--batch-size", 8, "--tasks", *tasks, launcher=launcher)]


TWO_REPLICAS = {"tensorflow": mirrored, "jax": jax_devices(2), "torch": ddp}[keras.backend.backend()]


def told_by_the_first(processes):
    """What the first process tells of each task; the others tell nothing."""
    first, *others = [results(finish(process)) for process in processes]
    assert not any(others)
    return first
