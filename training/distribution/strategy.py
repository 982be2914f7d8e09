from contextlib import nullcontext


class Strategy:
    """How a run is spread over devices; this class is the run on one of them.

    Each step's batch is divided over `num_replicas` replicas, of which this process has `replicas`.

    Attributes:
        num_replicas: Integer, in all processes together.
        replicas: `range` of those of this process.
        is_chief: Boolean, whether this process writes files and prints.
        num_processes: Integer.
        metrics_are_local: Boolean, whether each process sums up metrics of its own.
        reads_together: Boolean, whether variables are read in all processes at once, or in any one alone.
        jit_compile: What to pass to `compile`.
    """

    num_replicas = 1
    replicas = range(1)
    is_chief = True
    num_processes = 1
    metrics_are_local = False
    reads_together = False
    jit_compile = "auto"

    def scope(self):
        """Context in which the model is built, compiled, trained and evaluated."""
        return nullcontext()

    def distribute(self, model):
        """The model to compile and train, with the same weights and names as the given one."""
        return model

    def sum_over_replicas(self, values):
        """Sums a tensor over the replicas, inside the forward pass; gradients flow back to all of them."""
        return values

    def sum_over_processes(self, arrays):
        """Sums NumPy arrays, of which each process has its own, over the processes; all must call it."""
        return arrays

    def any(self, flag):
        """Whether any process has a true flag; all must call it."""
        return bool(flag)

    def close(self):
        """Leaves the group of processes, if there is one."""
