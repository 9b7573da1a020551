"""The state of a training on disk, so that one that was killed goes on where it was."""

import hashlib
import json
import os
import pickle
import re
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import torch
from skorch.callbacks import Callback, LRScheduler

from .._files import replace
from .._validation import describe_differences

# What skorch's callbacks know of the epochs that were.
_PROGRESS = (
    *("misses_", "dynamic_threshold_", "best_epoch_", "best_model_weights_"),
    *("best_score_", "batch_idx_"),
)
_NOT_OF_TRAINING = {"n_blocks", "stride", "device", "checkpoint", "verbose"}


class Checkpoint(Callback):
    """Write the state of a training after each epoch, and begin with what is there.

    It has to be the last of the callbacks. The state is that of network, optimizer, random numbers,
    and skorch's own callbacks; what else a callback knows begins anew.

    Parameters
    ----------
    path : str or path-like
    arguments : dict of str
        What the weights depend on. An existing file must have been written with the same.
    """

    def __init__(self, path, arguments):
        self.path = path
        self.arguments = arguments

    def on_train_begin(self, net, **kwargs):
        """Take the state of an earlier run, if there is one."""
        state = _read(Path(self.path))
        if state is None:
            return
        self._check(state["arguments"])
        net.module_.load_state_dict(state["module"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history.extend(json.loads(state["history"]))
        for name, callback in net.callbacks_:
            progress = state["callbacks"][name]
            schedule = progress.pop("schedule", None)
            if schedule is not None:
                callback.lr_scheduler_.load_state_dict(schedule)
            vars(callback).update(progress)
        _set_random_state(state["random_state"], net.device)

    def on_epoch_end(self, net, **kwargs):
        """Replace the file."""
        state = {
            "arguments": self.arguments,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": json.dumps(net.history.to_list(), default=float),
            "callbacks": {name: _progress(callback) for name, callback in net.callbacks_},
            "random_state": _random_state(net.device),
        }
        replace(Path(self.path), lambda file: torch.save(state, file))

    def _check(self, arguments_in_file):
        # The arguments are texts already.
        differences = describe_differences(arguments_in_file, self.arguments, describe=str)
        if differences:
            raise ValueError(
                f"checkpoint={os.fspath(self.path)!r} is of a fit with other arguments, "
                f"{differences}. Give the same arguments or another path, or remove it."
            )


def arguments_of(estimator, lattices, target):
    """Return what the weights of a fit depend on, in short."""
    parameters = {
        # Without addresses: those of callbacks and functions are others in each process.
        name: re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
        for name, value in estimator.get_params(deep=False).items()
        if name not in _NOT_OF_TRAINING
    }
    digest = hashlib.sha256(np.ascontiguousarray(target).tobytes()).hexdigest()
    return parameters | {"shape of X": str(lattices.shape), "sha256 of y": digest[:16]}


def _read(path):
    """Return the state in a file, which can hold no code, or None where there is no file."""
    if not path.exists():
        return None
    try:
        # What torch writes is a zip file; it reads others, too, as the pickles they may be.
        state = torch.load(path, weights_only=True, map_location="cpu") if is_zipfile(path) else {}
    except (pickle.UnpicklingError, RuntimeError):
        state = {}
    if not (isinstance(state, dict) and "arguments" in state):
        raise ValueError(
            f"checkpoint must name a file that an earlier fit has written, or none; {str(path)!r} "
            "is something else. Give another path."
        )
    return state


def _progress(callback):
    progress = {name: value for name, value in vars(callback).items() if name in _PROGRESS}
    if isinstance(callback, LRScheduler):
        progress["schedule"] = callback.lr_scheduler_.state_dict()
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in progress.items()
    }


def _random_state(device):
    states = {"cpu": torch.get_rng_state()}
    if torch.device(device).type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def _set_random_state(states, device):
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.device(device).type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
