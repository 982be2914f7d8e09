from contextlib import nullcontext


class Strategy:
    """Distributes a run over devices. This base class runs on one device.

    The batch of each step is divided over `num_replicas` replicas. This process has the replicas `replicas`.

    Attributes:
        num_replicas: Integer, number of replicas in all processes.
        replicas: `range`, the replicas of this process.
        is_chief: Boolean, whether this process writes files and prints.
        num_processes: Integer, number of processes.
        metrics_are_local: Boolean, whether each process sums up its own metrics.
        reads_together: Boolean, whether all processes must read variables at the same time.
        jit_compile: Boolean or `"auto"`, the argument of `compile`.
    """

    num_replicas = 1
    replicas = range(1)
    is_chief = True
    num_processes = 1
    metrics_are_local = False
    reads_together = False
    jit_compile = "auto"

    def scope(self):
        """Returns the context in which to build, compile, train and evaluate the model."""
        return nullcontext()

    def distribute(self, model):
        """Returns the model to compile and train. It has the weights and names of the given model."""
        return model

    def sum_over_replicas(self, values):
        """Sums a tensor over the replicas in the forward pass. Gradients flow back to all replicas."""
        return values

    def sum_over_processes(self, arrays):
        """Sums the NumPy arrays of all processes. All processes must call this method."""
        return arrays

    def any(self, flag):
        """Returns whether the flag is true in any process. All processes must call this method."""
        return bool(flag)

    def close(self):
        """Leaves the group of processes, if the strategy has several processes."""
