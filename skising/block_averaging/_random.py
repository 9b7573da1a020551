"""Random numbers of a training: torch's global generators, seeded and restored."""

from contextlib import contextmanager

import numpy as np
import torch

from .._validation import check_random_state
from ._process_lock import ProcessLock

_global_generator_lock = ProcessLock()


def draw_seed(random_state):
    """Return a random seed for a generator; an int `random_state` always gives the same."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


@contextmanager
def seeded(seed, device):
    """Seed torch's global generators, and restore their state at the end.

    The generators belong to the process, because torch's modules cannot draw their weights and
    their dropout from others. So only one thread at a time may enter. A thread that draws from
    torch's global generators meanwhile changes the numbers.
    """
    devices = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with _global_generator_lock.current, torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
