"""The state of a training on disk, from which a killed fit is resumed."""

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

# Attributes in which skorch's callbacks keep what they know of earlier epochs.
_CALLBACK_STATE = (
    *("misses_", "dynamic_threshold_", "best_epoch_", "best_model_weights_"),
    *("best_score_", "batch_idx_"),
)
# Parameters of the estimators on which the weights do not depend.
_IRRELEVANT_PARAMETERS = {"n_blocks", "stride", "device", "checkpoint", "verbose"}


class Checkpoint(Callback):
    """Write the state of a training after each epoch, and begin with the state in the file.

    It must be the last callback. The state is that of the network, the optimizer, the random number
    generators and skorch's own callbacks. Other callbacks begin anew.

    Parameters
    ----------
    path : str or path-like
    arguments : dict of str
        The arguments of the fit, from `arguments_of`. An existing file must hold the same.
    """

    def __init__(self, path, arguments):
        self.path = path
        self.arguments = arguments

    def on_train_begin(self, net, **kwargs):
        """Restore the state in the file, if there is one."""
        state = _read(Path(self.path))
        if state is None:
            return
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
        state = {
            "arguments": self.arguments,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": json.dumps(net.history.to_list(), default=float),
            "callbacks": {name: _callback_state(callback) for name, callback in net.callbacks_},
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
    """Return the arguments that the weights of a fit depend on, each as a short text.

    Parameters
    ----------
    estimator : BlockNetworkEstimator
    lattices : Lattices
    target : ndarray of shape (n_samples, ...)

    Returns
    -------
    arguments : dict of str
    """
    parameters = {
        # The addresses of callbacks and functions differ between processes.
        name: re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
        for name, value in estimator.get_params(deep=False).items()
        if name not in _IRRELEVANT_PARAMETERS
    }
    digest = hashlib.sha256(np.ascontiguousarray(target).tobytes()).hexdigest()
    return parameters | {"shape of X": str(lattices.shape), "sha256 of y": digest[:16]}


def _read(path):
    """Return the state in a file, or None if there is no file. No code of the file is executed."""
    if not path.exists():
        return None
    try:
        # torch.save writes zip files. torch.load would read any other file as a pickle.
        state = torch.load(path, weights_only=True, map_location="cpu") if is_zipfile(path) else {}
    except (pickle.UnpicklingError, RuntimeError):
        state = {}
    if not (isinstance(state, dict) and "arguments" in state):
        raise ValueError(
            "checkpoint must be the path of a file that an earlier fit has written, or of a new "
            f"file; {str(path)!r} holds something else. Give another path."
        )
    return state


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
