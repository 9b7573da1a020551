"""The least-squares solution for the last layer of a trained network."""

import numpy as np
import torch
from scipy.linalg import eigh
from sklearn.linear_model import RidgeCV
from sklearn.utils import gen_batches

_PENALTIES = np.logspace(-8, 6, 29)
_MIN_LATTICES = 3
# Relative to the largest variance. A smaller one is due to rounding.
_MIN_VARIANCE = 1e-10


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
    """
    if len(dataset) < _MIN_LATTICES:
        return
    net.module_.eval()
    averages, covariance, target = _moments(net, dataset, batch_size)
    layer, center = net.module_.output_layer, averages.mean(axis=0)
    weight, bias = (
        parameter.detach().double().cpu().numpy() for parameter in (layer.weight, layer.bias)
    )
    variances, directions = eigh(covariance)
    varies = variances > _MIN_VARIANCE * variances[-1]
    if not varies.any():
        return
    whiten = directions[:, varies] / np.sqrt(variances[varies])
    ridge = RidgeCV(_PENALTIES, alpha_per_target=True)
    ridge.fit((averages - center) @ whiten, target - averages @ weight.T - bias)
    correction = ridge.coef_.reshape(len(weight), -1) @ whiten.T
    with torch.no_grad():
        layer.weight += torch.as_tensor(correction).to(layer.weight)
        layer.bias += torch.as_tensor(ridge.intercept_ - correction @ center).to(layer.bias)


def _moments(net, dataset, batch_size):
    """Return moments of the last layer's inputs, and the targets.

    Returns
    -------
    averages : float64 array of shape (n_samples, d)
        Of the inputs over the blocks of each lattice.
    covariance : float64 array of shape (d, d)
        Of the inputs over all blocks.
    target : float32 array of shape (n_samples, n_outputs)
    """
    averages, squares, target, n_blocks = [], 0, [], 0
    for rows in gen_batches(len(dataset), batch_size):
        features, batch_target = dataset.__getitems__(np.arange(rows.start, rows.stop))
        with torch.inference_mode():
            hidden = net.module_.hidden(features.to(net.device)).double()
            averages.append(hidden.mean(dim=1).cpu().numpy())
            hidden = hidden.flatten(0, 1)
            squares = squares + (hidden.T @ hidden).cpu().numpy()
        n_blocks += len(hidden)
        target.append(batch_target.numpy())
    averages = np.concatenate(averages)
    center = averages.mean(axis=0)
    return averages, squares / n_blocks - np.outer(center, center), np.concatenate(target)
