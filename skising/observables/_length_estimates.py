"""Estimates of a correlation length with their standard errors, or the reason why there is none."""

import numpy as np

from ._jackknife import jackknife
from ._spatial_error import relative_error
from ._structure_factor import SHORTEST_LENGTH, LengthFit

SMALL_LATTICE = 10  # side, in correlation lengths, below which the user is warned

_SMALLEST_LATTICE = 4  # side, in correlation lengths, below which the forms of S(k) do not hold

_FEWEST_GROUPS = 16  # for the jackknife

_NO_CORRELATION = (
    "it shows no correlation above the noise. Give more lattices, or lattices at a temperature "
    "closer to the critical one."
)


def exponential_length(momenta, ordered, lattices, groups, counts, sums):
    """Return the exponential length and its standard error, and why they cannot be told or None.

    Parameters
    ----------
    momenta : Momenta
    ordered : bool
        Whether to fit the form of S(k) in the ordered phase.
    lattices : Lattices
    groups : int array of shape (n_samples,)
        The group of each lattice, from 0 on.
    counts, sums : ndarrays of shape (n_bins,) and (n_bins, 7 + n_shells - 1)
        What `sum_in_bins` returned: |m|, m^2, `energies`, S(k) at the smallest momenta of the rows
        and of the columns, and the mean S(k) of each shell.

    Returns
    -------
    xi, error : float
    problem : str or None
    """
    mean, longest = sums.sum(axis=0) / counts.sum(), min(momenta.sides) / _SMALLEST_LATTICE
    M, S = mean[0], mean[7:]
    fit = LengthFit(momenta, ordered).adapt(S, M)
    xi = fit.length(S, M)
    if xi < 1.01 * SHORTEST_LENGTH:
        return np.nan, np.nan, _NO_CORRELATION
    if xi <= longest:
        if len(counts) >= _FEWEST_GROUPS:
            xi, error = jackknife(lambda mean: fit.length(mean[7:], mean[0]), counts, sums)
        else:
            # The error of 1 / xi is symmetric. Of the two of xi that follow, this is the larger.
            relative = relative_error(lattices, groups, fit, xi, S, M)
            error = xi * relative / (1 - relative) if relative < 1 else np.inf
        if error < 1e-9 * xi:
            problem = (
                "all parts of its lattices are the same, which gives no standard error. Give "
                "lattices in equilibrium."
            )
            return np.nan, np.nan, problem
        # C(1) is about exp(-1 / xi), with a relative error of error / xi^2.
        if error > xi**2 / 2 and xi < 1:
            return np.nan, np.nan, _NO_CORRELATION
        if not error < xi:
            problem = (
                f"its standard error is as large as the fitted length, {xi:.3g}. Give more "
                "lattices, or larger ones."
            )
            return np.nan, np.nan, problem
    if xi > longest:
        problem = (
            f"the fit gives {xi:.3g}, more than a quarter of the side, which is more than lattices "
            f"of this size can tell. Give larger lattices: {SMALL_LATTICE} xi per side are enough."
        )
        return np.nan, np.nan, problem
    return xi, error, None


def second_moment_length(momenta, ordered, counts, sums):
    """Return the second-moment length and its error, and why they cannot be told or None.

    The parameters are those of `exponential_length`.
    """
    sides = momenta.sides
    momentum2 = 4 * np.sin(np.pi / np.array(sides)) ** 2

    def squared(mean):
        susceptibility = np.prod(sides) * (mean[1] - ordered * mean[0] ** 2)
        # On a square lattice this is (S(0) / S(k) - 1) / k^2, with S(k) the mean of both axes.
        return np.sum(susceptibility - mean[5:7]) / (mean[5:7] @ momentum2)

    if len(counts) < _FEWEST_GROUPS:
        problem = (
            f"the second-moment length needs the magnetization of {_FEWEST_GROUPS} groups of "
            f"lattices or more, and there are {len(counts)}. Give more lattices, or "
            "method='exponential'."
        )
        return np.nan, np.nan, problem
    # S(k) can be 0, as in lattices of equal spins; xi^2 is then inf or NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        xi2, error = jackknife(squared, counts, sums)
    if not np.isfinite(xi2):
        return np.nan, np.nan, _NO_CORRELATION
    expected = _expected_square(momenta, ordered, sums.sum(axis=0) / counts.sum(), xi2)
    if not (error < expected and xi2 > 0):
        problem = (
            f"the noise of the squared second-moment length, {error:.3g}, is as large as the "
            f"square itself, about {expected:.3g}. Give more lattices, or method='exponential'."
        )
        return np.nan, np.nan, problem
    return np.sqrt(xi2), error / (2 * np.sqrt(xi2)), None


def _expected_square(momenta, ordered, mean, xi2):
    """Return the square of the second-moment length that follows from the exponential length.

    To ask whether the measured `xi2` is above its own noise would select the samples in which the
    noise makes it large.
    """
    M, S = mean[0], mean[7:]
    xi = LengthFit(momenta, ordered).adapt(S, M).length(S, M)
    if xi > min(momenta.sides) / _SMALLEST_LATTICE:
        return xi2
    return 0.4 * xi**2 if ordered else 1 / (4 * np.sinh(1 / (2 * xi)) ** 2)
