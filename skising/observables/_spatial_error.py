"""The standard error of a correlation length from the fluctuations within lattices."""

import numpy as np
from scipy import fft

# In inverse correlation lengths: products of spins fluctuate alike at all momenta below this.
_LARGEST_MOMENTUM = 0.7


def relative_error(lattices, groups, fit, xi, S, M):
    """Return the standard error of ln xi, without any scatter between groups of lattices.

    To first order, ln xi is the sum of a function u(x) over the sites of all lattices. The squared
    Fourier components of u at small momenta q estimate that at q = 0, the variance of the sum:
    the fluctuations of distant parts of a lattice are independent.

    Parameters
    ----------
    lattices : Lattices
    groups : int array of shape (n_samples,)
        The group of each lattice, from 0 on. Lattices of different groups are independent.
    fit : LengthFit
    xi : float
        The fitted length.
    S : ndarray of shape (n_shells - 1,)
        The mean structure factor in each shell.
    M : float
        The mean of |m|.
    """
    momenta, n_groups = fit.momenta, groups.max() + 1
    weight, slope = _influence(fit, xi, S, M)
    q2 = max((_LARGEST_MOMENTUM / xi) ** 2, 1.1 * 8 * np.sin(np.pi / min(momenta.sides)) ** 2)
    small = (momenta.squared <= q2) & (momenta.shell > 0)
    sums = np.zeros((n_groups, np.count_nonzero(small)), complex)
    totals, start = np.zeros(n_groups), 0
    for piece in lattices.pieces():
        for lattice, group in zip(piece, groups[start:], strict=False):
            m = lattice.mean()
            deviations = lattice - m
            u = deviations * fft.irfft2(weight * fft.rfft2(deviations), lattice.shape)
            if fit.is_ordered:
                u -= slope * 2 * np.sign(m) / (M * lattice.size) * lattice
            components = fft.rfft2(u)
            sums[group] += components[small]
            totals[group] += components[0, 0].real
        start += len(piece)
    counts = np.bincount(groups)
    n, n_modes = counts.sum(), momenta.weight[small].sum()
    squares = np.sum(np.abs(sums) ** 2 @ momenta.weight[small])
    squares += np.sum((totals - counts * totals.sum() / n) ** 2)
    variance = squares / (n * n_modes + n - np.sum(counts**2) / n)
    return np.sqrt(variance / n)


def _influence(fit, xi, S, M):
    """Return the derivative of ln xi by |s_k|^2 / N of each momentum, and by -ln M^2."""
    step = 1e-4
    S = S.copy()
    model = fit.model(xi, S, M)
    higher, lower = (fit.model(xi * np.exp(d), S, M) for d in (step, -step))
    derivative = np.log(higher / lower) / (2 * step)
    if not fit.is_ordered:
        # The amplitude is fitted, too.
        derivative = derivative - fit.n_modes @ derivative / fit.n_modes.sum()
    information = fit.n_modes @ derivative**2
    weights = np.zeros(len(fit.momenta.n_modes) + 1)
    weights[1:][fit.near] = derivative / model / information
    return weights[fit.momenta.shell], fit.n_modes @ derivative / information
