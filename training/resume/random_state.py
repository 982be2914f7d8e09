"""The state of a backend's own random numbers, from which PyTorch draws dropout without a seed; others have none."""

import keras
import numpy as np


def random_state():
    """Dict from name to NumPy array."""
    if keras.backend.backend() != "torch":
        return {}
    import torch

    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return {name: state.cpu().numpy().copy() for name, state in states.items()}


def set_random_state(state):
    """Goes on from a `random_state`; what this machine has no device for is left alone."""
    if keras.backend.backend() != "torch":
        return
    import torch

    torch.set_rng_state(torch.as_tensor(state["cpu"]))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.as_tensor(state["cuda"]))


def seed_random_state(*numbers):
    """Begins anew from non-negative integers."""
    if keras.backend.backend() != "torch":
        return
    import torch

    torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
