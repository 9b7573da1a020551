"""The last layer of a network, solved for where training has only come near."""

import numpy as np
import torch
from scipy.linalg import eigh
from sklearn.linear_model import RidgeCV
from sklearn.utils import gen_batches

_PENALTIES = np.logspace(-8, 6, 29)
_FEWEST_LATTICES = 3
_SMALLEST_VARIANCE = 1e-10  # of the largest, of an input that is not rounding


def solve_last_layer(net, dataset, batch_size):
    """Give the last layer the weights that minimise the squared error of lattice averages.

    The average over blocks of a linear layer's outputs is linear in the average of its inputs, so
    that for given layers before it the loss of Eq. 2 is that of linear regression, one lattice a
    row. Gradient descent is slow where the inputs are nearly collinear. The correction to the
    weights is penalised by the variance that it adds to the outputs of single blocks: a correction
    that needs large weights of opposite signs has found chance in few lattices. How much, each
    output chooses by leaving out one lattice after another.

    Parameters
    ----------
    net : skorch.NeuralNet
        Trained, with `hidden` and `output_layer` as the modules of `skising.networks`.
    dataset : LatticeDataset
        What it was trained on.
    batch_size : int
        Lattices to read at a time.
    """
    if len(dataset) < _FEWEST_LATTICES:
        return
    net.module_.eval()
    averages, covariance, target = _moments(net, dataset, batch_size)
    layer, center = net.module_.output_layer, averages.mean(axis=0)
    weight, bias = (
        parameter.detach().double().cpu().numpy() for parameter in (layer.weight, layer.bias)
    )
    variances, directions = eigh(covariance)
    varies = variances > _SMALLEST_VARIANCE * variances[-1]
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
    """Return averages (n, d) of the layer's inputs, their covariance in blocks, and targets."""
    averages, squares, target, n_blocks = [], 0, [], 0
    for rows in gen_batches(len(dataset), batch_size):
        features, of_batch = dataset.__getitems__(np.arange(rows.start, rows.stop))
        with torch.inference_mode():
            hidden = net.module_.hidden(features.to(net.device)).double()
            averages.append(hidden.mean(dim=1).cpu().numpy())
            hidden = hidden.flatten(0, 1)
            squares = squares + (hidden.T @ hidden).cpu().numpy()
        n_blocks += len(hidden)
        target.append(of_batch.numpy())
    averages = np.concatenate(averages)
    center = averages.mean(axis=0)
    return averages, squares / n_blocks - np.outer(center, center), np.concatenate(target)
