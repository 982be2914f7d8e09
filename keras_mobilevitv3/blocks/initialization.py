from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.initializers import RandomNormal, RandomUniform, VarianceScaling, Zeros

INITIALIZATIONS = ("kaiming_normal", "pytorch_uniform")


def check_initialization(initialization):
    """Raises `ValueError` unless `initialization` is one of `INITIALIZATIONS`."""
    check_choice("initialization", initialization, INITIALIZATIONS)


def convolution_initializers(initialization, fan_in):
    """Initializers of a convolution, or of a `Dense` layer that stands for a 1x1 convolution.

    Args:
        initialization: `"kaiming_normal"` (normal, variance 2 over the kernel's output fan, which PyTorch does not
            divide by the groups; zero bias) or `"pytorch_uniform"` (PyTorch's default: weights and bias uniform within
            `1 / sqrt(fan_in)`).
        fan_in: Integer, inputs of one output value: `kernel_size ** 2` times the channels, or times 1 if depthwise.

    Returns:
        Dict `{"kernel_initializer": ..., "bias_initializer": ...}`, new at each call.
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


def depthwise_initializers(initialization, kernel_size):
    """Initializers of a depthwise convolution: as `convolution_initializers`, with Keras' swapped fans undone."""
    if initialization == "kaiming_normal":
        return {
            "kernel_initializer": VarianceScaling(2.0, "fan_in", "untruncated_normal"),
            "bias_initializer": Zeros(),
        }
    return convolution_initializers(initialization, kernel_size**2)


def linear_initializers():
    """Initializers of a linear layer of the multi-head family: normal of standard deviation 0.02, zero bias."""
    return {"kernel_initializer": RandomNormal(stddev=0.02), "bias_initializer": Zeros()}


def kernel_initializer(initialization):
    """Initializer of the kernels of any convolution but depthwise ones, for layers that hold several.

    Args:
        initialization: As in `convolution_initializers`.

    Returns:
        An initializer that draws for each kernel as `convolution_initializers` does with its `fan_in`.
    """
    if initialization == "kaiming_normal":
        return convolution_initializers(initialization, fan_in=1)["kernel_initializer"]
    return VarianceScaling(1 / 3, "fan_in", "uniform")  # within sqrt(3 * 1/3 / fan_in)
