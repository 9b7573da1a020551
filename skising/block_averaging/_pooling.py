"""The outputs of a classifier for blocks, pooled to the probabilities of a lattice.

Values are sorted before they are summed: the images of a lattice have the same blocks in other
orders, the rounding of a sum depends on the order, and the images must have the same probabilities.
"""

import math

from ..networks import class_log_probabilities


def probabilities_of(outputs):
    """Return the probabilities (..., n_classes) for outputs (..., n_outputs), as an array."""
    return class_log_probabilities(outputs).exp().numpy()


def pool_probabilities(outputs, pooling):
    """Return the probabilities of lattices.

    Parameters
    ----------
    outputs : float64 tensor of shape (n, n_blocks, n_outputs)
    pooling : {"probability", "logit"}

    Returns
    -------
    probabilities : ndarray of shape (n, n_classes)
    """
    if pooling == "logit":
        return probabilities_of(outputs.sort(dim=1).values.mean(dim=1))
    probabilities = class_log_probabilities(outputs).exp()
    return probabilities.sort(dim=1).values.mean(dim=1).numpy()


def pooled_values(outputs, pooling):
    """Return numbers for blocks whose average over a lattice has the errors of its probabilities.

    These are the probabilities of the blocks. Where logits are pooled, they are the probabilities
    of the lattice to first order in the deviations of the blocks' logits from their average.

    Parameters
    ----------
    outputs : float64 tensor of shape (n, n_blocks, n_outputs)
    pooling : {"probability", "logit"}

    Returns
    -------
    values : ndarray of shape (n, n_blocks, n_classes)
    """
    if pooling == "probability":
        return probabilities_of(outputs)
    logarithms = class_log_probabilities(outputs)
    pooled = class_log_probabilities(outputs.mean(dim=1, keepdim=True)).exp()
    return (pooled * (logarithms - (pooled * logarithms).sum(dim=2, keepdim=True))).numpy()


def pool_log_probabilities(outputs, pooling):
    """Return the logarithms of what `pool_probabilities` returns, without underflow."""
    if pooling == "logit":
        return class_log_probabilities(outputs.sort(dim=1).values.mean(dim=1)).numpy()
    log_sum = class_log_probabilities(outputs).sort(dim=1).values.logsumexp(dim=1)
    return (log_sum - math.log(outputs.shape[1])).numpy()
