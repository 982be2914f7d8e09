"""The state of PyTorch's random numbers, which dropout without a seed uses. Other backends have no such state."""

import keras
import numpy as np


def random_state():
    """Returns the state as a dict from name to NumPy array. The dict is empty on other backends."""
    if keras.backend.backend() != "torch":
        return {}
    import torch

    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return {name: state.cpu().numpy().copy() for name, state in states.items()}


def set_random_state(state):
    """Restores the result of `random_state`, except for states of devices that this machine lacks."""
    if keras.backend.backend() != "torch":
        return
    import torch

    torch.set_rng_state(torch.as_tensor(state["cpu"]))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.as_tensor(state["cuda"]))


def seed_random_state(*numbers):
    """Seeds the random numbers from non-negative integers."""
    if keras.backend.backend() != "torch":
        return
    import torch

    torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
