"""The least-squares solution for the last layer of a trained network."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.linalg import eigh, solve
from sklearn.linear_model import RidgeCV
from sklearn.utils import gen_batches

from ._linear_path import linear_path_of

_PENALTIES = np.logspace(-8, 6, 29)
_MIN_LATTICES = 3
# Relative to the largest variance. A smaller one is due to rounding.
_MIN_VARIANCE = 1e-10
_PREFIX = "last_layer."  # of the names of the solution's arrays in a file


@dataclass(frozen=True)
class Moments:
    """The number, the mean and the covariance of some vectors.

    Parameters
    ----------
    count : int
    mean : float64 array of shape (d,)
    covariance : float64 array of shape (d, d)
    """

    count: int
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, vectors):
        """Return the moments of vectors (n, d)."""
        mean = vectors.mean(axis=0)
        return cls(len(vectors), mean, (vectors - mean).T @ (vectors - mean) / len(vectors))

    def __add__(self, other):
        """Return the moments of the vectors of both (Chan, Golub and LeVeque, 1983)."""
        count = self.count + other.count
        share, step = other.count / count, other.mean - self.mean
        within = (1 - share) * self.covariance + share * other.covariance
        between = share * (1 - share) * np.outer(step, step)
        return Moments(count, self.mean + share * step, within + between)


@dataclass(frozen=True)
class LastLayerSolution:
    """The regression that the last layer solves, by which later lattices can be added.

    Large weights of opposite signs solve it. A step of gradient descent breaks their balance, so
    that further training must either keep the hidden layers, and add its lattices here, or begin
    with the weights before the solution.

    Parameters
    ----------
    weight : float64 array of shape (n_outputs, d)
        Of the trained last layer, before the solution.
    bias : float64 array of shape (n_outputs,)
        Of the trained last layer, before the solution.
    penalty : float64 array of shape (n_outputs,)
        Strength of the ridge penalty for each lattice.
    lattices : Moments
        Of vectors (d + n_outputs,), one for each lattice: the average of the last layer's inputs
        over the blocks, then the targets.
    blocks : Moments
        Of the last layer's inputs (d,), one for each block.
    """

    weight: np.ndarray
    bias: np.ndarray
    penalty: np.ndarray
    lattices: Moments
    blocks: Moments

    def check_layer(self, layer):
        """Raise ValueError unless this can be the solution for a layer."""
        if layer.weight.shape != self.weight.shape:
            raise ValueError("its solution is not for its last layer")

    def undo(self, net):
        """Give a network the last layer before the solution."""
        _set_weight_and_bias(net.module_.output_layer, self.weight, self.bias)


def solution_as_data(solution):
    """Return a solution for the last layer, None, or "unknown", as data.

    Returns
    -------
    state : {"solved", "unknown"} or None
        JSON can hold it.
    arrays : dict of str to ndarray
    """
    if not isinstance(solution, LastLayerSolution):
        return solution, {}
    arrays = {name: getattr(solution, name) for name in ("weight", "bias", "penalty")}
    for name in ("lattices", "blocks"):
        moments = getattr(solution, name)
        arrays[f"{name}.count"] = np.array([moments.count])
        arrays[f"{name}.mean"], arrays[f"{name}.covariance"] = moments.mean, moments.covariance
    return "solved", {f"{_PREFIX}{name}": array for name, array in arrays.items()}


def solution_from_data(state, arrays):
    """Return what `solution_as_data` has described, and remove its arrays from `arrays`.

    The data may come from a file that a stranger has written.

    Raises
    ------
    LookupError, ValueError
        If the data are something else.
    """
    if state in (None, "unknown"):
        return state
    if state != "solved":
        raise ValueError(f"its last_layer is {state!r}")
    found = {name: arrays.pop(name) for name in list(arrays) if name.startswith(_PREFIX)}
    found = {name.removeprefix(_PREFIX): array for name, array in found.items()}
    n_outputs, n_inputs = found["weight"].shape
    n = {"lattices": n_inputs + n_outputs, "blocks": n_inputs}
    shapes = {"weight": (n_outputs, n_inputs), "bias": (n_outputs,), "penalty": (n_outputs,)}
    for name, d in n.items():
        shapes |= {f"{name}.count": (1,), f"{name}.mean": (d,), f"{name}.covariance": (d, d)}
    dtypes = {name: np.int64 if name.endswith("count") else np.float64 for name in shapes}
    layout = {name: (array.shape, array.dtype) for name, array in found.items()}
    if layout != {name: (shape, dtypes[name]) for name, shape in shapes.items()}:
        raise ValueError("its arrays of the last layer do not fit each other")
    if not all(np.isfinite(array).all() for array in found.values()):
        raise ValueError("its arrays of the last layer are not finite")
    moments = {
        name: Moments(
            int(found[f"{name}.count"][0]), found[f"{name}.mean"], found[f"{name}.covariance"]
        )
        for name in n
    }
    return LastLayerSolution(found["weight"], found["bias"], found["penalty"], **moments)


def solve_last_layer(net, dataset, batch_size):
    """Set the weights of the last layer that minimise the squared error of lattice averages.

    The last layer is linear, so its average output over blocks is linear in its average input. For
    fixed earlier layers, the loss of Eq. 2 is then that of a linear regression with one row for
    each lattice. Gradient descent converges slowly to its minimum, because the inputs are nearly
    collinear. The correction to the trained weights is a ridge regression. Its penalty is the
    variance that the correction adds to the outputs of single blocks, because large weights of
    opposite signs fit the noise of few lattices. Leave-one-out cross validation over the lattices
    chooses the strength of the penalty for each output. With fewer than 3 lattices nothing changes.

    Parameters
    ----------
    net : skorch.NeuralNet
        Trained, with `hidden` and `output_layer` like the modules of `skising.networks`.
    dataset : LatticeDataset
        The data that it was trained on.
    batch_size : int
        Lattices to read at a time.

    Returns
    -------
    solution : LastLayerSolution, or None if nothing has changed
    """
    if len(dataset) < _MIN_LATTICES:
        return None
    averages, blocks, target = _inputs_and_target(net, dataset, batch_size)
    layer, center = net.module_.output_layer, averages.mean(axis=0)
    weight, bias = _weight_and_bias(layer)
    whiten = _whitening(blocks)
    if not whiten.size:
        return None
    ridge = RidgeCV(_PENALTIES, alpha_per_target=True)
    ridge.fit((averages - center) @ whiten, target - averages @ weight.T - bias)
    correction = ridge.coef_.reshape(len(weight), -1) @ whiten.T
    with torch.no_grad():
        layer.weight += torch.as_tensor(correction).to(layer.weight)
        layer.bias += torch.as_tensor(ridge.intercept_ - correction @ center).to(layer.bias)
    penalty = np.atleast_1d(ridge.alpha_) / len(averages)
    return LastLayerSolution(weight, bias, penalty, _moments_of(averages, target), blocks)


def update_last_layer(net, dataset, batch_size, solution):
    """Solve for the last layer anew, for the lattices of earlier calls and those of a data set.

    This is recursive least squares: the earlier layers stay, so that the moments of the earlier
    lattices are all that the regression needs of them. The penalty for each lattice stays, too.

    Parameters
    ----------
    net : skorch.NeuralNet
        The network that `solution` belongs to.
    dataset : LatticeDataset
        The lattices to add.
    batch_size : int
        Lattices to read at a time.
    solution : LastLayerSolution
        For the lattices of earlier calls.

    Returns
    -------
    solution : LastLayerSolution
        For all lattices.
    loss : float
        Of the added lattices, before the update.
    """
    averages, blocks, target = _inputs_and_target(net, dataset, batch_size)
    layer = net.module_.output_layer
    weight, bias = _weight_and_bias(layer)
    loss = float(np.mean((averages @ weight.T + bias - target) ** 2))
    lattices = solution.lattices + _moments_of(averages, target)
    solution = replace(solution, lattices=lattices, blocks=solution.blocks + blocks)
    _set_weight_and_bias(layer, *_solve(solution))
    return solution, loss


def _solve(solution):
    """Return the weight and the bias of the last layer that minimise the penalised loss."""
    lattices, (n_outputs, n_inputs) = solution.lattices, solution.weight.shape
    whiten = _whitening(solution.blocks)
    inputs, cross = np.split(lattices.covariance[:n_inputs], [n_inputs], axis=1)
    normal = whiten.T @ inputs @ whiten
    # Of the inputs with what the trained layer leaves of the target.
    residual = whiten.T @ (cross - inputs @ solution.weight.T)
    correction = np.empty((n_outputs, n_inputs))
    for k, penalty in enumerate(solution.penalty):
        correction[k] = whiten @ solve(
            normal + penalty * np.eye(len(normal)), residual[:, k], assume_a="pos"
        )
    weight = solution.weight + correction
    return weight, lattices.mean[n_inputs:] - weight @ lattices.mean[:n_inputs]


def _whitening(blocks):
    """Return a matrix (d, k) that maps inputs to k combinations of unit variance over blocks."""
    variances, directions = eigh(blocks.covariance)
    varies = variances > max(_MIN_VARIANCE * variances[-1], 0.0)
    return directions[:, varies] / np.sqrt(variances[varies])


def _weight_and_bias(layer):
    return (parameter.detach().double().cpu().numpy() for parameter in (layer.weight, layer.bias))


def _set_weight_and_bias(layer, weight, bias):
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weight))
        layer.bias.copy_(torch.as_tensor(bias))


def _moments_of(averages, target):
    return Moments.of(np.hstack([averages, target]))


def _inputs_and_target(net, dataset, batch_size):
    """Return the last layer's inputs for a data set, and the targets.

    Returns
    -------
    averages : float64 array of shape (n_samples, d)
        Of the inputs over the blocks of each lattice.
    blocks : Moments
        Of the inputs for all blocks.
    target : float64 array of shape (n_samples, n_outputs)
        Without what a linear path adds to the output.
    """
    net.module_.eval()
    d = net.module_.output_layer.weight.shape[1]
    averages, squares, n_blocks = np.zeros((len(dataset), d)), np.zeros((d, d)), np.zeros(1)
    target = dataset.target[dataset.rows].double().numpy()
    of_path = np.zeros_like(target)
    for rows in gen_batches(len(dataset), batch_size):
        n_blocks += _add_moments(net, dataset, rows, averages, squares, of_path)
    net.add_over_processes(averages, squares, n_blocks, of_path)
    n_blocks = int(n_blocks[0])
    center = averages.mean(axis=0)
    covariance = squares / n_blocks - np.outer(center, center)
    blocks = Moments(n_blocks, center, covariance)
    return averages, blocks, target - of_path


def _add_moments(net, dataset, rows, averages, squares, of_path):
    """Write the averages of a batch into its rows, add its squares, and return how many blocks.

    The averages of what a linear path adds to the output are written into the rows of `of_path`.

    Nothing of the batch is left when this returns. A small array that stayed from each batch would
    lie behind the batch's large ones, and the memory of these could not be used for the next.
    """
    features, _ = dataset.__getitems__(np.arange(rows.start, rows.stop))
    path = linear_path_of(net.module_)

    def moments(features):
        with torch.inference_mode():
            added = 0.0 if path is None else path(features).double().sum(dim=1).cpu().numpy()
            hidden = net.module_.hidden(features).double()
            total = hidden.sum(dim=1).cpu().numpy()
            hidden = hidden.flatten(0, 1)
            return total, (hidden.T @ hidden).cpu().numpy(), added

    n_lattices, n_blocks = features.shape
    first = rows.start + (dataset.group.part(len(features)).start if dataset.group else 0)
    own, own_path = (array[first : first + n_lattices] for array in (averages, of_path))
    parts = net.map_shares(moments, features)
    for (lattices, _), (total, square, added) in zip(net.shares(features), parts, strict=True):
        own[lattices] += total
        squares += square
        own_path[lattices] += added
    own /= n_blocks
    own_path /= n_blocks
    return n_lattices * n_blocks
