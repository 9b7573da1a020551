"""The state of a training on disk, from which a killed fit is resumed."""

import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
import torch
from skorch.callbacks import Callback, LRScheduler

from .._files import replace
from .._validation import describe_differences
from ._fit_arguments import digest

# Attributes in which skorch's callbacks keep what they know of earlier epochs.
_CALLBACK_STATE = (
    *("misses_", "dynamic_threshold_", "best_epoch_", "best_model_weights_"),
    *("best_score_", "batch_idx_"),
)
_MAGIC = b"skising checkpoint 2\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


class Checkpoint(Callback):
    """Write the state of a training after each epoch, and begin with the state in the file.

    It must be the last callback. The state is that of the network, the optimizer, the random number
    generators and skorch's own callbacks. Other callbacks begin anew.

    Parameters
    ----------
    path : str or path-like
        A file, or a directory in which the file is named by a digest of `arguments`.
    arguments : dict of str
        The arguments of the fit, from `fit_arguments`. An existing file must hold the same.
    """

    def __init__(self, path, arguments):
        self.path = Path(path)
        if self.path.is_dir():
            text = json.dumps(arguments, sort_keys=True)
            self.path /= f"{digest(text.encode())}.checkpoint"
        self.arguments = arguments

    def on_train_begin(self, net, **kwargs):
        """Restore the state in the file, if there is one."""
        state = _read(self.path)
        if state is not None:
            self._restore(net, state)
        if net.group_ and not net.group_.are_equal(len(net.history)):
            raise ValueError(
                f"checkpoint={os.fspath(self.path)!r} must be the same file for all processes that "
                "train together, on a disk that all can read; some have found other states than "
                "others. Give such a path."
            )

    def _restore(self, net, state):
        self._check(state["arguments"])
        net.module_.load_state_dict(state["module"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history.extend(json.loads(state["history"]))
        for name, callback in net.callbacks_:
            attributes = state["callbacks"][name]
            schedule = attributes.pop("schedule", None)
            if schedule is not None:
                callback.lr_scheduler_.load_state_dict(schedule)
            vars(callback).update(attributes)
        _set_random_state(state["random_state"], net.device)

    def on_epoch_end(self, net, **kwargs):
        """Replace the file by the state after this epoch."""
        if net.group_ and net.group_.rank > 0:
            return  # all processes have the same state
        state = {
            "arguments": self.arguments,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": json.dumps(net.history.to_list(), default=float),
            "callbacks": {name: _callback_state(callback) for name, callback in net.callbacks_},
            "random_state": _random_state(net.device),
        }
        data = io.BytesIO()
        torch.save(state, data)
        checksum = hashlib.sha256(data.getbuffer()).digest()
        replace(self.path, lambda file: file.writelines([_MAGIC, checksum, data.getbuffer()]))

    def _check(self, arguments_in_file):
        # The arguments are texts already.
        differences = describe_differences(arguments_in_file, self.arguments, describe=str)
        if differences:
            fix = (
                "To train a fitted estimator for more epochs, set warm_start=True and another path."
                if differences.startswith("max_epochs=") and ";" not in differences
                else "For a search or a cross validation give a directory: each fit has its own "
                "file there."
            )
            raise ValueError(
                f"checkpoint={os.fspath(self.path)!r} is of a fit with other arguments, "
                f"{differences}. Give the same arguments or another path, or remove it. {fix}"
            )


def _read(path):
    """Return the state in a file, or None if there is no file. No code of the file is executed."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if not data.startswith(_MAGIC):
        raise ValueError(
            "checkpoint must be the path of a file that a fit of this version of skising has "
            f"written, or of a new file; {str(path)!r} holds something else. Give another path."
        )
    data = memoryview(data)[len(_MAGIC) :]
    checksum, data = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(data).digest() != checksum:
        raise ValueError(
            f"checkpoint={str(path)!r} is damaged: its checksum does not fit its contents. Remove "
            "it, and fit from the beginning."
        )
    return torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")


def _callback_state(callback):
    state = {name: value for name, value in vars(callback).items() if name in _CALLBACK_STATE}
    if isinstance(callback, LRScheduler):
        state["schedule"] = callback.lr_scheduler_.state_dict()
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in state.items()
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
