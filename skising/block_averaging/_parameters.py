"""Checks on the parameters that the regressor and the classifier share."""

from types import NoneType

from .._validation import (
    check_choice,
    check_fraction,
    check_integer,
    check_parent_directory,
    check_path,
    check_positive,
)
from ..blocks._blocks import check_block_size

# Parameters of skorch.NeuralNet that the estimators have as parameters of their own.
_SHARED_WITH_SKORCH = ("lr", "max_epochs", "batch_size", "device", "callbacks", "verbose")


def check_parameters(estimator):
    """Raise TypeError, ValueError or an OSError unless the parameters are as described.

    `descriptor`, `device` and `checkpoint` are checked where they are used.

    Parameters
    ----------
    estimator : BlockNetworkEstimator
    """
    check_block_size(estimator.block_size)
    check_choice(estimator.objective, "objective", ("lattice", "block"))
    if estimator.n_blocks is not None:
        check_integer(estimator.n_blocks, "n_blocks", minimum=1, hint="None is the full partition.")
    if estimator.stride is not None:
        check_integer(estimator.stride, "stride", minimum=1, hint="None is block_size.")
    check_positive(estimator.lr, "lr")
    for name in ("max_epochs", "batch_size", "n_iter_no_change"):
        check_integer(getattr(estimator, name), name, minimum=1)
    check_fraction(estimator.validation_fraction, "validation_fraction")
    for name in ("random_shift", "early_stopping", "warm_start"):
        check_choice(getattr(estimator, name), name, (False, True))
    if not isinstance(estimator.callbacks, (list, tuple, NoneType)):
        raise TypeError(
            f"callbacks must be a list of skorch callbacks, or None; got {estimator.callbacks!r}."
        )
    _check_net_params(estimator.net_params)


def check_checkpoint(estimator):
    """Raise TypeError, ValueError or FileNotFoundError unless `fit` can use `checkpoint`."""
    check_path(estimator.checkpoint, "checkpoint")
    check_parent_directory(estimator.checkpoint, "checkpoint")
    check_integer(
        estimator.random_state,
        "random_state",
        minimum=0,
        hint="With checkpoint, a resumed fit must hold out the same lattices.",
    )


def _check_net_params(net_params):
    if not isinstance(net_params, (dict, NoneType)):
        raise TypeError(
            "net_params must be a dict of parameters of skorch.NeuralNet, or None; got "
            f"{net_params!r}."
        )
    forbidden = (*_SHARED_WITH_SKORCH, "train_split")
    found = [name for name in net_params or () if name in forbidden]
    if found:
        raise ValueError(
            f"net_params must not hold {', '.join(found)}. Set {', '.join(_SHARED_WITH_SKORCH)} as "
            "parameters of the estimator, and early_stopping in place of train_split."
        )
