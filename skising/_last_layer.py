"""The last layer of a network, solved for where training has only come near."""

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from sklearn.utils import gen_batches

_PENALTIES = np.logspace(-8, 4, 25)
_FEWEST_LATTICES = 3


def solve_last_layer(net, dataset, batch_size):
    """Give the last layer the weights that minimise the squared error of lattice averages.

    The average over blocks of a linear layer's outputs is linear in the average of its inputs, so
    that for given layers before it the loss of Eq. 2 is that of linear regression, one lattice a
    row. Gradient descent is slow where the inputs are nearly collinear. The correction to the
    weights has a ridge penalty, which each output chooses by leaving out one lattice after another.

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
    averages, target = [], []
    with torch.inference_mode():
        for rows in gen_batches(len(dataset), batch_size):
            features, of_batch = dataset.__getitems__(np.arange(rows.start, rows.stop))
            hidden = net.module_.hidden(features.to(net.device))
            averages.append(hidden.mean(dim=1, dtype=torch.float64).cpu().numpy())
            target.append(of_batch.numpy())
        averages, target = np.concatenate(averages), np.concatenate(target)
        layer = net.module_.output_layer
        weight, bias = (
            parameter.double().cpu().numpy() for parameter in (layer.weight, layer.bias)
        )
        center, scale = averages.mean(axis=0), averages.std(axis=0)
        scale[scale == 0] = 1
        ridge = RidgeCV(_PENALTIES, alpha_per_target=True)
        ridge.fit((averages - center) / scale, target - averages @ weight.T - bias)
        correction = ridge.coef_.reshape(weight.shape) / scale
        layer.weight += torch.as_tensor(correction).to(layer.weight)
        layer.bias += torch.as_tensor(ridge.intercept_ - correction @ center).to(layer.bias)
