"""Train a network on lattices: the loop over epochs, and the last layer."""

import time

import numpy as np
from skorch.callbacks import EarlyStopping
from skorch.helper import predefined_split
from skorch.history import History
from threadpoolctl import threadpool_limits

from ._dataset import ChunkwiseShuffle
from ._last_layer import solve_last_layer, update_last_layer
from ._linear_path import solve_linear_path
from ._network import example_outputs, initialize
from ._random import seeded


def train_network(net, dataset, held_out, plan, net_params, n_jobs):
    """Initialize a skorch network, and train it by a plan.

    Parameters
    ----------
    net : SharingNet
        It keeps no reference to the data.
    dataset : LatticeDataset
        Of `plan.rows`.
    held_out : LatticeDataset or None
        Of `plan.held_out_rows`.
    plan : TrainingPlan
    net_params : dict or None
        The estimator's parameter, for errors.
    n_jobs : int or None
        The estimator's parameter.

    Returns
    -------
    solution : LastLayerSolution or None
        For the last layer, if it was solved for.
    interrupted : bool
        Whether a KeyboardInterrupt has ended the training. The network has the weights of that
        moment.

    Raises
    ------
    ValueError
        If the network cannot be built, or the loss is not finite.
    """
    with seeded(plan.seed, net.device):
        initialize(net, net_params, dataset)
        if plan.earlier is not None:
            _copy_weights(plan.earlier, net)
        with net.sharing(n_jobs):
            solution, interrupted = _train_by_plan(net, dataset, held_out, plan)
    if plan.earlier is not None:
        net.history = _join_histories(plan.earlier.history, net.history)
    return solution, interrupted


def _train_by_plan(net, dataset, held_out, plan):
    """Train an initialized network; return the solution for the last layer, and an interrupt."""
    if plan.n_epochs == 0:
        dataset.random_shift = False
        with threadpool_limits(1, user_api="blas"):
            return _update_last_layer(net, dataset, plan.earlier_solution), False
    if plan.earlier_solution is not None:
        plan.earlier_solution.undo(net)
    if plan.keep_optimizer and plan.earlier is not None:
        _copy_moments(plan.earlier, net)
    if plan.solve_last_layer and plan.earlier is None:
        solve_linear_path(net, dataset, net.batch_size)
    solution, interrupted = None, _train_epochs(net, dataset, held_out, plan.n_epochs)
    if plan.solve_last_layer and hasattr(net.module_, "output_layer"):
        dataset.random_shift = False
        # The threads of BLAS wait for each other, too: 0.2 s for a small matrix on busy cores.
        with threadpool_limits(1, user_api="blas"):
            solution = solve_last_layer(net, dataset, net.batch_size)
    return solution, interrupted


def _update_last_layer(net, dataset, solution):
    """Add a data set to the solution for the last layer; the history counts it as an epoch."""
    start = time.perf_counter()
    solution, loss = update_last_layer(net, dataset, net.batch_size, solution)
    net.history.new_epoch()
    net.history.record("epoch", 1)
    net.history.record("train_loss", loss)
    net.history.record("dur", time.perf_counter() - start)
    return solution


def _train_epochs(net, dataset, held_out, n_epochs):
    """Train an initialized network until `n_epochs`, early stopping or an interrupt.

    Return whether it was interrupted.
    """
    net.iterator_train__sampler = ChunkwiseShuffle(dataset)
    net.train_split = predefined_split(held_out) if held_out else None
    net.notify("on_train_begin", X=dataset, y=None)
    for data in (dataset, held_out):
        if data is not None:
            data.group = net.group_
    interrupted = False
    try:
        # A checkpoint has put the epochs before the interruption into the history.
        net.fit_loop(dataset, None, epochs=n_epochs - len(net.history))
    except KeyboardInterrupt:
        # skorch's EarlyStopping raises it, too.
        interrupted = not _has_stopped_early(net)
    net.notify("on_train_end", X=dataset, y=None)
    net.iterator_train__sampler = net.train_split = None
    # An interrupted epoch has no loss.
    loss = net.history[-1].get("train_loss", 0.0) if net.history else 0.0
    # The loss is that before the last step.
    if not (np.isfinite(loss) and example_outputs(net, dataset).isfinite().all()):
        raise ValueError(
            f"training has diverged: train_loss is {loss} in epoch {len(net.history)}, with "
            f"lr={net.lr:g}. Lower lr."
        )
    return interrupted


def _has_stopped_early(net):
    callbacks = [callback for _, callback in net.callbacks_]
    return any(isinstance(c, EarlyStopping) and c.misses_ >= c.patience for c in callbacks)


def _copy_weights(earlier, net):
    try:
        net.module_.load_state_dict(earlier.module_.state_dict())
    except RuntimeError as error:
        raise ValueError(
            "warm_start and partial_fit continue the network of the last fit, whose weights do not "
            f"fit the module that net_params describe now: {error}. Set net_params back, or set "
            "warm_start=False and call fit."
        ) from error


def _copy_moments(earlier, net):
    """Give an initialized network the state of an earlier optimizer, but its own learning rate."""
    if type(net.optimizer_) is type(earlier.optimizer_):
        groups = net.optimizer_.state_dict()["param_groups"]
        net.optimizer_.load_state_dict(earlier.optimizer_.state_dict() | {"param_groups": groups})


def _join_histories(earlier, later):
    """Return a history of the epochs of both, numbered from 1."""
    epochs = [dict(epoch) for epoch in [*earlier, *later]]
    return History(epoch | {"epoch": k} for k, epoch in enumerate(epochs, start=1))
