import keras

from training.distribution.strategy import Strategy

BACKENDS = {
    "one": ("tensorflow", "jax", "torch"),
    "mirrored": ("tensorflow",),
    "tpu": ("tensorflow",),
    "jax": ("jax",),
    "ddp": ("torch",),
}
STRATEGIES = tuple(BACKENDS)


def start_strategy(name="one", cpu_devices=None):
    """Sets up the devices of this process and returns its `Strategy`. Call it before any other use of the backend.

    - `"one"`: one device.
    - `"mirrored"`: all GPUs of this machine, with `tf.distribute.MirroredStrategy`.
    - `"tpu"`: a TPU or a slice, with `tf.distribute.TPUStrategy`. Never run here.
    - `"jax"`: all devices of all hosts, with `keras.distribution.DataParallel`. For several processes, set the
      environment variables `KERAS_DISTRIBUTION_JOB_ADDRESSES` (`host:port` of the first process),
      `KERAS_DISTRIBUTION_NUM_PROCESSES` and `KERAS_DISTRIBUTION_PROCESS_ID`.
    - `"ddp"`: one device for each process, with PyTorch's `DistributedDataParallel`. Start the processes with
      `torchrun`.

    Args:
        name: String, one of the names above. Defaults to `"one"`.
        cpu_devices: Integer, number of virtual devices to divide the CPU into, to try `"mirrored"` or `"jax"` without
            accelerators, or `None`. Defaults to `None`.

    Raises:
        ValueError: If the name is not one of these, the strategy needs another backend of Keras, or the strategy does
            not take `cpu_devices`.
    """
    if name not in STRATEGIES:
        raise ValueError(f"`strategy` must be one of {list(STRATEGIES)}. Received: strategy={name!r}")
    backend = keras.backend.backend()
    if backend not in BACKENDS[name]:
        raise ValueError(
            f"`strategy={name!r}` needs the backend {' or '.join(BACKENDS[name])}: set KERAS_BACKEND. "
            f"Received: the backend {backend}"
        )
    if cpu_devices is not None and name not in ("mirrored", "jax"):
        raise ValueError(
            f"`cpu_devices` must be None with `strategy={name!r}`; it is for 'mirrored' and 'jax'. "
            f"Received: cpu_devices={cpu_devices}"
        )
    if name in ("mirrored", "tpu"):
        from training.distribution import tensorflow_strategy

        return tensorflow_strategy.mirrored(cpu_devices) if name == "mirrored" else tensorflow_strategy.tpu()
    if name == "jax":
        from training.distribution.jax_strategy import JAXStrategy

        return JAXStrategy(cpu_devices)
    if name == "ddp":
        from training.distribution.ddp_strategy import DDPStrategy

        return DDPStrategy()
    return Strategy()
