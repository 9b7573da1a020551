"""The linear path of a network: a regression on few features, solved before the training."""

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from sklearn.utils import gen_batches

from ..networks import FullyConnectedNetwork

_N_FEATURES = 16  # of the path
# The path is used if its error, in standard deviations of the target, is smaller than this, and
# that of a regression on so many features not clearly smaller.
_MAX_ERROR = 0.05
_N_COMPARED = 256
_CLEARLY_SMALLER = 0.9
_MAX_LATTICES = 1024
_MAX_NUMBERS = 1 << 23  # in the table of the features of lattices
_PENALTIES = np.logspace(-8, 6, 29)
_MIN_LATTICES = 3
# Relative to the size of the values. A smaller standard deviation is due to rounding.
_MIN_SCALE = 1e-6
# 1 - r^2 for a feature that has the target's values.
_MIN_UNEXPLAINED = 1e-12


def linear_path_of(module):
    """Return the linear path of a module, or None."""
    return module.linear_path if isinstance(module, FullyConnectedNetwork) else None


def solve_linear_path(net, dataset, batch_size):
    """Set the weights of the linear path, and begin the training of the other layers at 0.

    If few features of many hold a property, as the neighbour correlation holds the energy, gradient
    descent fits the training lattices by all of them long before it finds these few. So they are
    found first, by a ridge regression of the target on the averages of features over the blocks of
    a lattice. It takes the 16 features that are the best regressors alone. The penalty of a weight
    is divided by the square of the feature's t statistic, r / sqrt(1 - r^2) for the correlation r
    with the target (the weights of the adaptive lasso: Zou, 2006). Leave-one-out cross validation
    chooses the strength of the penalty.

    The last layer then begins with weights of 0, so that the other layers learn what is left.

    Nothing changes unless the regression leaves less than a twentieth of the target's standard
    deviation, and a regression on 256 features hardly less. Otherwise the noise of the 16 features
    is larger than that of a network of all, which does not unlearn it: by 16 features of
    `D4Descriptor` the energy was found a quarter less accurately. Nothing changes with fewer than
    3 lattices, either.

    Parameters
    ----------
    net : skorch.NeuralNet
        Initialized. Nothing changes unless its module has a linear path.
    dataset : LatticeDataset
        To train on. At most 1,024 lattices are read, spread evenly over its rows.
    batch_size : int
        Lattices to read at a time.
    """
    module, path = net.module_, linear_path_of(net.module_)
    if path is None or len(dataset) < _MIN_LATTICES:
        return
    averages, target = _averages_and_target(net, dataset, path.in_features, batch_size)
    weight, bias = _regression(averages, target)
    used = torch.as_tensor(weight.any(axis=1))
    layer = module.output_layer
    with torch.no_grad():
        path.weight.copy_(torch.as_tensor(weight))
        layer.weight[used] = 0
        layer.bias[used] = torch.as_tensor(bias).to(layer.bias)[used]


def _averages_and_target(net, dataset, n_features, batch_size):
    """Return the features of lattices, averaged over blocks, and the targets of these lattices."""
    n_lattices = min(_MAX_LATTICES, max(_MIN_LATTICES, _MAX_NUMBERS // n_features))
    indices = np.arange(len(dataset))
    if len(dataset) > n_lattices:
        indices = np.linspace(0, len(dataset) - 1, n_lattices).round().astype(int)
    shifts, dataset.random_shift = dataset.random_shift, False
    averages = np.zeros((len(indices), n_features))
    for part in gen_batches(len(indices), batch_size):
        features, _ = dataset.__getitems__(indices[part])
        totals = net.map_shares(_sum_over_blocks, features)
        for (lattices, _), total in zip(net.shares(features), totals, strict=True):
            averages[part][lattices] += total
        averages[part] /= features.shape[1]
    dataset.random_shift = shifts
    return averages, dataset.target[dataset.rows[indices]].double().numpy()


def _sum_over_blocks(features):
    return features.sum(dim=1, dtype=torch.float64).cpu().numpy()


def _regression(averages, target):
    """Return the weights (n_outputs, n_features) and biases (n_outputs,) of the regressions.

    The weights are 0 for an output whose linear path is not used.
    """
    mean, scale = averages.mean(axis=0), averages.std(axis=0)
    varies = np.flatnonzero(scale > _MIN_SCALE * np.abs(averages).max(axis=0))
    weight = np.zeros((target.shape[1], averages.shape[1]))
    scaled = (averages[:, varies] - mean[varies]) / scale[varies]
    for k, y in enumerate(target.T):
        if varies.size and np.ptp(y):
            weight[k, varies] = _sparse_regression(scaled, y) / scale[varies]
    return weight, target.mean(axis=0) - weight @ mean


def _sparse_regression(scaled, y):
    """Return the weights (n_features,) of standardised features, at most 16 of which are not 0."""
    correlation = (y - y.mean()) @ scaled / (len(y) * y.std())
    t = np.abs(correlation) / np.sqrt(np.maximum(1 - correlation**2, _MIN_UNEXPLAINED))
    # A stable order, because features may be equal.
    order = np.argsort(-t, kind="stable")
    if t[order[0]] == 0:
        return np.zeros(len(t))
    relative, weight = t / t[order[0]], np.zeros(len(t))
    chosen, compared = order[:_N_FEATURES], order[:_N_COMPARED]
    few = RidgeCV(_PENALTIES).fit(scaled[:, chosen] * relative[chosen], y)
    # A score is the negative mean of the squared errors.
    error = np.sqrt(-few.best_score_)
    if error < _MAX_ERROR * y.std():
        many = RidgeCV(_PENALTIES).fit(scaled[:, compared] * relative[compared], y)
        if np.sqrt(-many.best_score_) >= _CLEARLY_SMALLER * error:
            weight[chosen] = few.coef_ * relative[chosen]
    return weight
