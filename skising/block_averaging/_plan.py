"""The plan of a training: what `fit` and `partial_fit` do differently."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split
from skorch import NeuralNet

from .._validation import check_random_state
from ._callbacks import fit_callbacks
from ._checkpoint import Checkpoint
from ._fit_arguments import fit_arguments
from ._last_layer import LastLayerSolution
from ._parameters import check_checkpoint
from ._random import draw_seed


@dataclass(frozen=True)
class TrainingPlan:
    """How to train a network: all that differs between `fit` and `partial_fit`.

    Parameters
    ----------
    rows : int array of shape (n,)
        Row indices of the lattices to train on.
    held_out_rows : int array of shape (n,), or None
        Row indices of the lattices whose loss is `valid_loss`.
    n_epochs : int
        With a checkpoint, epochs in all, before and after the interruption. With 0, only the last
        layer is updated, by `earlier_solution`.
    callbacks : list
        Of skorch callbacks, or of (name, callback).
    seed : int
        Of torch's generators: initial weights, order of the batches, shifts and dropout.
    earlier : skorch.NeuralNet or None
        The network whose weights to begin with, and whose history to continue.
    earlier_solution : LastLayerSolution or None
        For the last layer of the earlier network.
    keep_optimizer : bool
        Whether to begin with the moments of the earlier network's optimizer, too.
    solve_last_layer : bool
        Whether to solve for the weights of the last layer after the last epoch.
    keep_interrupted : bool
        Whether the estimator takes the weights of a training that a KeyboardInterrupt has ended.
    """

    rows: np.ndarray
    held_out_rows: np.ndarray | None
    n_epochs: int
    callbacks: list
    seed: int
    earlier: NeuralNet | None
    earlier_solution: LastLayerSolution | None
    keep_optimizer: bool
    solve_last_layer: bool
    keep_interrupted: bool


def plan_fit(estimator, lattices, target, strata, *, solve_last_layer):
    """Return the plan of `fit`: train for `max_epochs`, or until early stopping.

    Parameters
    ----------
    estimator : BlockNetworkEstimator
    lattices : Lattices
    target : EncodedTarget
    strata : int array of shape (n_samples,)
        Groups of lattices of which early stopping holds out equal fractions.
    solve_last_layer : bool
        Whether to solve for the weights of the last layer after the last epoch.

    Returns
    -------
    plan : TrainingPlan
    """
    parameters = estimator._check_parameters()
    earlier, earlier_solution = None, None
    if parameters.warm_start and estimator._is_fitted:
        earlier = estimator.net_
        if estimator._last_layer_solution != "unknown":
            earlier_solution = estimator._last_layer_solution
    rng = check_random_state(estimator.random_state)
    seed = draw_seed(rng)
    rows, held_out_rows = np.arange(len(lattices)), None
    if estimator.early_stopping:
        rows, held_out_rows = _hold_out(rows, parameters.validation_fraction, strata, rng)
    callbacks = fit_callbacks(parameters, type(estimator).__name__, len(rows))
    if estimator.checkpoint is not None:
        check_checkpoint(parameters)
        first_weights = list(earlier.module_.state_dict().values()) if earlier else []
        arguments = fit_arguments(vars(parameters), lattices, target.values, first_weights)
        callbacks.append(("checkpoint", Checkpoint(estimator.checkpoint, arguments)))
    return TrainingPlan(
        rows,
        held_out_rows,
        n_epochs=parameters.max_epochs,
        callbacks=callbacks,
        seed=seed,
        earlier=earlier,
        earlier_solution=earlier_solution,
        keep_optimizer=False,
        solve_last_layer=solve_last_layer,
        keep_interrupted=True,
    )


def plan_partial_fit(estimator, lattices, *, solve_last_layer):
    """Return the plan of `partial_fit`: train for one epoch, at a constant learning rate.

    If the last layer was solved for, and is to be solved for, the plan is to solve for it anew,
    for the lattices of all calls. The earlier layers stay, because no earlier lattices are left
    for which to solve after they have changed.

    Parameters
    ----------
    estimator : BlockNetworkEstimator
    lattices : Lattices
    solve_last_layer : bool
        Whether `fit` would solve for the weights of the last layer.

    Returns
    -------
    plan : TrainingPlan

    Raises
    ------
    ValueError
        If it is not known whether the last layer was solved for.
    """
    earlier, solution, n_earlier = None, None, 0
    if estimator._is_fitted:
        earlier, solution = estimator.net_, estimator._last_layer_solution
        n_earlier = len(earlier.history)
    if solution == "unknown":
        solution = None
        if solve_last_layer and hasattr(earlier.module_, "output_layer"):
            raise ValueError(
                "partial_fit cannot continue a model from an earlier version of skising, which "
                "did not record the solution for the last layer. Call fit, with "
                "warm_start=True to begin with the weights of this model."
            )
    return TrainingPlan(
        np.arange(len(lattices)),
        held_out_rows=None,
        n_epochs=0 if solve_last_layer and solution is not None else 1,
        callbacks=list(estimator.callbacks or []),
        # Each epoch needs its own random numbers, even if random_state is an int.
        seed=draw_seed(estimator.random_state) + n_earlier,
        earlier=earlier,
        earlier_solution=solution,
        keep_optimizer=True,
        solve_last_layer=False,
        keep_interrupted=False,
    )


def _hold_out(rows, fraction, strata, rng):
    """Split rows at random into those to train on and those to hold out.

    Parameters
    ----------
    rows : int array of shape (n,)
    fraction : float
        Of the rows, to hold out.
    strata : int array of shape (n,)
        Groups of rows of which equal fractions are held out.
    rng : RandomState

    Returns
    -------
    rows, held_out_rows : int arrays

    Raises
    ------
    ValueError
        If there are too few rows.
    """
    try:
        return train_test_split(rows, test_size=fraction, stratify=strata, random_state=rng)
    except ValueError as error:
        raise ValueError(
            f"validation_fraction={fraction} of {len(rows)} lattices cannot be held out for "
            f"early_stopping: {error} Give more lattices or another fraction."
        ) from error
