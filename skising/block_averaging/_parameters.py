"""Checks on the parameters that the regressor and the classifier share."""

from types import NoneType, SimpleNamespace

import numpy as np

from .._validation import (
    check_choice,
    check_fraction,
    check_integer,
    check_n_jobs,
    check_parent_directory,
    check_path,
    check_positive,
    check_random_state,
)
from ..blocks._blocks import check_block_size

# Parameters of skorch.NeuralNet that the estimators have as parameters of their own.
_SHARED_WITH_SKORCH = ("lr", "max_epochs", "batch_size", "device", "callbacks", "verbose")

# Parameters of skorch.NeuralNet that follow from the descriptor, from y, and from how X is read.
_SET_BY_DATA = (
    *("module__n_features", "module__n_outputs", "module__feature_grid"),
    *("iterator_train__shuffle", "iterator_train__sampler", "iterator_train__batch_sampler"),
)
_CRITERION = {
    "criterion__objective": ("lattice", "block"),
    "criterion__pooling": ("probability", "logit"),
}
_MAX_COUNT = 2**31 - 1  # numpy and torch count in fixed-size integers


def check_parameters(estimator):
    """Return the parameters, with numbers and bools as Python's own types, if all are as described.

    `descriptor`, `device` and `checkpoint` are checked where they are used.

    Parameters
    ----------
    estimator : BlockNetworkEstimator

    Returns
    -------
    parameters : SimpleNamespace
        The values of `estimator.get_params(deep=False)`. A number of numpy, such as a search over
        `np.arange(1, 3)` sets, is converted, because torch refuses some of them.

    Raises
    ------
    TypeError, ValueError, OSError
        If a parameter is not as described.
    """
    checked = SimpleNamespace(**estimator.get_params(deep=False))
    checked.block_size = check_block_size(checked.block_size)
    checked.objective = check_choice(checked.objective, "objective", ("lattice", "block"))
    if checked.n_blocks is not None:
        checked.n_blocks = _check_count(checked, "n_blocks", hint="None is the full partition.")
    if checked.stride is not None:
        checked.stride = _check_count(checked, "stride", hint="None is block_size.")
    checked.lr = check_positive(checked.lr, "lr")
    for name in ("max_epochs", "batch_size", "n_iter_no_change"):
        setattr(checked, name, _check_count(checked, name))
    checked.validation_fraction = check_fraction(checked.validation_fraction, "validation_fraction")
    for name in ("random_shift", "early_stopping", "warm_start"):
        setattr(checked, name, check_choice(getattr(checked, name), name, (False, True)))
    checked.verbose = _check_verbose(checked.verbose)
    checked.n_jobs = check_n_jobs(checked.n_jobs)
    check_random_state(checked.random_state)
    _check_callbacks(checked.callbacks)
    _check_net_params(checked.net_params)
    return checked


def _check_count(parameters, name, *, hint=""):
    value = check_integer(getattr(parameters, name), name, minimum=1, hint=hint)
    if value > _MAX_COUNT:
        raise ValueError(f"{name} must be an integer < 2^31; got {float(min(value, 10**300)):g}.")
    return value


def _check_verbose(verbose):
    if isinstance(verbose, (bool, np.bool_)):
        return int(verbose)
    return check_integer(verbose, "verbose", minimum=0)


def _check_callbacks(callbacks):
    allowed = "callbacks must be a list of skorch callbacks, or None"
    if not isinstance(callbacks, (list, tuple, NoneType)):
        raise TypeError(f"{allowed}; got {callbacks!r}.")
    for entry in callbacks or ():
        is_named = isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)
        callback = entry[1] if is_named else entry
        if not hasattr(callback, "on_train_begin"):
            raise TypeError(
                f"{allowed}, each an instance or a pair (name, instance); got {entry!r} in it."
            )


def check_checkpoint(parameters):
    """Raise TypeError, ValueError or FileNotFoundError unless `fit` can use `checkpoint`."""
    check_path(parameters.checkpoint, "checkpoint")
    check_parent_directory(parameters.checkpoint, "checkpoint")
    check_integer(
        parameters.random_state,
        "random_state",
        minimum=0,
        hint="With checkpoint, a resumed fit must hold out the same lattices.",
    )


def _check_net_params(net_params):
    allowed = "net_params must be a dict of parameters of skorch.NeuralNet, or None"
    if not isinstance(net_params, (dict, NoneType)):
        raise TypeError(f"{allowed}; got {net_params!r}.")
    names = list(net_params or ())
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"{allowed}, by their names; got the keys {names}.")
    found = [name for name in names if name in (*_SHARED_WITH_SKORCH, "train_split")]
    if found:
        raise ValueError(
            f"net_params must not hold {', '.join(found)}. Set {', '.join(_SHARED_WITH_SKORCH)} as "
            "parameters of the estimator, and early_stopping in place of train_split."
        )
    if "criterion" not in names:
        for name, choices in _CRITERION.items():
            if name in names:
                check_choice(net_params[name], f"net_params {name}", choices)
    found = [name for name in names if name in _SET_BY_DATA]
    if found:
        raise ValueError(
            f"net_params must not hold {', '.join(found)}: X, y and the descriptor determine the "
            "value. Leave it out."
        )
