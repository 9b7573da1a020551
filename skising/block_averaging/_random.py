"""Random numbers of a training: torch's global generators, seeded and restored."""

import os
import threading
from contextlib import contextmanager

import numpy as np
import torch

from .._validation import check_random_state

_global_generator_lock = threading.RLock()


def _renew_lock():
    """Replace the lock in a forked process, which has no thread that could release it."""
    global _global_generator_lock
    _global_generator_lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)


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
    with _global_generator_lock, torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
