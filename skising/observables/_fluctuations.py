"""Susceptibility and specific heat, from the fluctuations of a series at one temperature."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._validation import (
    check_choice,
    check_groups,
    check_integer,
    check_positive,
    check_series,
)
from ._jackknife import bins_of, jackknife


class Estimate(NamedTuple):
    """A measured quantity and its standard error."""

    value: float
    error: float


def susceptibility(
    magnetization: ArrayLike,
    temperature: float,
    lattice_size: int,
    *,
    connected: bool = True,
    groups: ArrayLike | None = None,
) -> Estimate:
    """Magnetic susceptibility per site, with its standard error.

    Parameters
    ----------
    magnetization : array-like of shape (n_samples,)
        Magnetization per site of lattices in equilibrium at one temperature, with or without its
        sign.
    temperature : float
        In units of J / k_B.
    lattice_size : int
        Sites per side, L. The lattices have N = L^2 sites.
    connected : bool, default=True
        True is ``N (<m^2> - <|m|>^2) / T``, which has a maximum near the critical temperature.
        False is ``N <m^2> / T``: the susceptibility in the disordered phase without a field.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.

    Returns
    -------
    value, error : Estimate
        A named tuple of two floats, in units of 1 / J for spins of length 1.

    Raises
    ------
    TypeError
        If `magnetization` does not hold numbers, or another argument is not a number.
    ValueError
        If `magnetization` has another shape or holds NaN or inf; if there are lattices of fewer
        than two groups, or not one label for each; if another argument is out of range.

    See Also
    --------
    skising.scaling.observable_curve : The same at many temperatures, for several sizes.

    Notes
    -----
    Value and error are those of the jackknife over groups, in at most 64 bins. A variance of G
    independent measurements is too small by a factor of 1 - 1 / G; the jackknife removes this bias,
    for correlated lattices too if they share a group.

    In the disordered phase, far from the critical temperature, m is a normal number. There the
    connected part is 1 - 2 / pi = 0.363 of the susceptibility.

    Examples
    --------
    >>> from skising import make_ising
    >>> from skising.observables import susceptibility
    >>> ising = make_ising(640, 16, temperatures=[3.0], random_state=0)
    >>> value, error = susceptibility(
    ...     ising.magnetization, 3.0, 16, connected=False, groups=ising.chain
    ... )
    >>> round(value, 1), round(error, 1)
    (3.9, 0.2)
    """
    connected = check_choice(connected, "connected", (True, False))
    m = _check_one_series(magnetization, "magnetization")
    factor = _n_sites(lattice_size) / check_positive(temperature, "temperature")
    return _fluctuation(np.abs(m), connected, factor, groups)


def specific_heat(
    energy: ArrayLike,
    temperature: float,
    lattice_size: int,
    *,
    groups: ArrayLike | None = None,
) -> Estimate:
    """Specific heat per site, C = N (<e^2> - <e>^2) / T^2, with its standard error.

    Parameters
    ----------
    energy : array-like of shape (n_samples,)
        Energy per site of lattices in equilibrium at one temperature, in units of J.
    temperature : float
        In units of J / k_B.
    lattice_size : int
        Sites per side, L. The lattices have N = L^2 sites.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.

    Returns
    -------
    value, error : Estimate
        A named tuple of two floats, in units of k_B.

    Raises
    ------
    TypeError, ValueError
        As `susceptibility`.

    See Also
    --------
    skising.exact.kaufman_specific_heat : The exact value for the Ising model.
    skising.scaling.observable_curve : The same at many temperatures, for several sizes.

    Notes
    -----
    Value and error are those of the jackknife over groups, as for `susceptibility`.

    Examples
    --------
    >>> from skising import exact, make_ising
    >>> from skising.observables import specific_heat
    >>> ising = make_ising(640, 16, temperatures=[3.0], random_state=0)
    >>> value, error = specific_heat(ising.energy, 3.0, 16, groups=ising.chain)
    >>> round(value, 2), round(error, 2)
    (0.37, 0.02)
    >>> round(float(exact.kaufman_specific_heat(3.0, 16)), 2)
    0.4
    """
    energy = _check_one_series(energy, "energy")
    factor = _n_sites(lattice_size) / check_positive(temperature, "temperature") ** 2
    return _fluctuation(energy, True, factor, groups)


def squares(series, *, centre=True):
    """Return the columns (n, 2) of which `variance` takes the means: x and x^2, for x in a series.

    Centred about its mean, a series has the same variance with smaller rounding errors. Not
    centred, its first column is 0, so that `variance` is its mean square.
    """
    x = series - series.mean() if centre else series
    return np.stack([x if centre else np.zeros_like(x), x**2], axis=-1)


def variance(means):
    """Return the variance for the means (..., 2) of what `squares` returns."""
    return means[..., 1] - means[..., 0] ** 2


def _fluctuation(series, centre, factor, groups):
    bins = bins_of(check_groups(groups, series.shape))
    with np.errstate(all="ignore"):
        columns = squares(series, centre=centre)
        sums = np.stack([np.bincount(bins, column) for column in columns.T], axis=1)
        value, error = jackknife(variance, np.bincount(bins), sums)
        value, error = factor * value, factor * error
    if not np.isfinite([value, error]).all():
        raise ValueError(
            "The fluctuations of the series are beyond the range of float64. Give the series per "
            "site, in units of J."
        )
    return Estimate(float(value), float(error))


def _check_one_series(series, name):
    series = check_series(series, name)
    if series.ndim != 1:
        raise ValueError(
            f"{name} must have shape (n_samples,), one number for each lattice; got shape "
            f"{series.shape}. Flatten it with .ravel(), or call the function for each temperature."
        )
    return series


def _n_sites(lattice_size):
    return float(check_integer(lattice_size, "lattice_size", minimum=1, maximum=10**9)) ** 2
