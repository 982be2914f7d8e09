from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.initializers import RandomNormal, RandomUniform, VarianceScaling, Zeros


def convolution_initializers(initialization: str, fan_in: int) -> dict[str, Initializer]:
    """Returns initializers of a convolution, or of a `Dense` layer that replaces a 1x1 convolution.

    Args:
        initialization: `"kaiming_normal"` (normal with variance `2 / fan_out`, zero bias) or `"pytorch_uniform"`
            (PyTorch's default: weights and bias uniform within `1 / sqrt(fan_in)`). As in PyTorch, `fan_out` is not
            divided by the number of groups.
        fan_in: Integer, number of inputs of one output value: `kernel_size ** 2` times the input channels, or
            `kernel_size ** 2` if depthwise.

    Returns:
        Dict `{"kernel_initializer": ..., "bias_initializer": ...}` of new initializers.
    """
    if initialization == "kaiming_normal":
        return {
            "kernel_initializer": VarianceScaling(2.0, "fan_out", "untruncated_normal"),
            "bias_initializer": Zeros(),
        }
    bound = fan_in**-0.5
    return {
        "kernel_initializer": RandomUniform(-bound, bound),
        "bias_initializer": RandomUniform(-bound, bound),
    }


def depthwise_initializers(initialization: str, kernel_size: int) -> dict[str, Initializer]:
    """Returns initializers of a depthwise convolution, as `convolution_initializers` does.

    Keras swaps the two fans of a depthwise kernel, so `"fan_in"` here stands for PyTorch's `fan_out`.

    Args:
        initialization: As in `convolution_initializers`.
        kernel_size: Integer.
    """
    if initialization == "kaiming_normal":
        return {
            "kernel_initializer": VarianceScaling(2.0, "fan_in", "untruncated_normal"),
            "bias_initializer": Zeros(),
        }
    return convolution_initializers(initialization, kernel_size**2)


def linear_initializers() -> dict[str, Initializer]:
    """Returns initializers of a linear layer in the multi-head family: normal (standard deviation 0.02), zero bias."""
    return {"kernel_initializer": RandomNormal(stddev=0.02), "bias_initializer": Zeros()}


def kernel_initializer(initialization: str) -> Initializer:
    """Returns one initializer for all kernels of a layer with several convolutions, none of them depthwise.

    Args:
        initialization: As in `convolution_initializers`.

    Returns:
        An initializer that draws each kernel as `convolution_initializers` does with the `fan_in` of the kernel.
    """
    if initialization == "kaiming_normal":
        return convolution_initializers(initialization, fan_in=1)["kernel_initializer"]
    return VarianceScaling(1 / 3, "fan_in", "uniform")  # within sqrt(3 * (1 / 3) / fan_in)
