"""The spin-spin correlation function, C(r)."""

import warnings
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import fft

from .._typing import LatticesLike
from .._validation import check_choice, check_groups
from ..blocks._open import open_lattices
from ._energies import energies, is_mixed
from ._jackknife import CONNECTED_CHOICES, jackknife, sum_in_bins
from ._open_momenta import OpenMomenta
from ._pairs import OpenPairs, PeriodicPairs
from ._structure_factor import Momenta, is_ordered

_ROUNDING = 1e-13  # of a standard error


def correlation_function(
    X: LatticesLike,
    *,
    connected: bool | Literal["auto"] = "auto",
    groups: ArrayLike | None = None,
    periodic: bool = True,
) -> pd.DataFrame:
    """Correlation of two spins as a function of their distance, C(r) = <s_0 s_r> - M^2.

    C(r) is the average over all pairs of sites, computed by fast Fourier transforms.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in equilibrium at one temperature: an array, or a store that is read
        by slices, such as a zarr array, an h5py data set or a dask array. It is read in pieces of
        at most 16 MiB, or else lattice by lattice.
    connected : {"auto"} or bool, default="auto"
        Whether to subtract M^2, where M = ``<|m|>`` estimates the spontaneous magnetization.
        "auto" subtracts it in the ordered phase, as `correlation_length` tells it from the
        disordered phase. There M is 0, although ``<|m|>`` of a finite lattice is larger than 0.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.
    periodic : bool, default=True
        Whether there are pairs across the boundary. Choose False for pictures, for blocks of
        lattices, and for lattices with open boundaries: C(r) is then the average over the pairs
        inside. Where spins near an open edge are correlated less than others, as in a simulation
        with free boundaries, so is this average.

    Returns
    -------
    correlation : DataFrame
        direction : "axis", the average over both axes, or "radial", the average over all
        directions.
        distance : r in lattice constants, up to half of the shorter side. A row of "radial"
        averages all distances that round to the same integer, and gives their mean.
        correlation : C(r), from -1 to 1.
        error : the standard error of C(r), by the jackknife. n groups give it with a relative
        error of 1 / sqrt(2 (n - 1)).

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1; if there are fewer than
        two lattices or groups, or not one label for each lattice; if `connected` or `periodic` is
        not a listed choice.

    Warns
    -----
    UserWarning
        If "auto" cannot tell the phase, because either is possible or because the energies of the
        lattices are not from one temperature: C(r) is NaN, with its error. If all groups have
        the same C(r) at a distance, as copies have: the error is NaN there.

    See Also
    --------
    correlation_length : The length over which C(r) decays.

    Examples
    --------
    >>> from skising import make_ising
    >>> from skising.observables import correlation_function, energy_density
    >>> X = make_ising(100, 32, temperatures=[2.6], random_state=0).data
    >>> C = correlation_function(X).query("direction == 'axis'").correlation
    >>> bool(abs(C[1] + energy_density(X).mean() / 2) < 1e-12)  # neighbours
    True
    """
    check_choice(connected, "connected", CONNECTED_CHOICES)
    periodic = check_choice(periodic, "periodic", (True, False))
    lattices = open_lattices(X)
    shape = lattices.shape
    groups = check_groups(groups, shape)
    pairs = (PeriodicPairs if periodic else OpenPairs)(shape[1:])
    n_distances = pairs.n_distances
    momenta = (Momenta if periodic else OpenMomenta)(shape[1:])

    def measure(lattice):
        power = np.abs(fft.rfft2(lattice.astype(np.float64))) ** 2
        S = momenta.structure_factor(power / lattice.size)
        return *energies(lattice, periodic), *pairs.average(lattice, power), S

    counts, sums = sum_in_bins(lattices, groups, measure)
    is_connected = _find_phase(momenta, shape, counts, sums) if connected == "auto" else connected
    rows = slice(5, 5 + 2 * n_distances)
    if is_connected is None:
        value, error = np.full((2, 2 * n_distances), np.nan)
    else:
        value, error = jackknife(
            lambda mean: mean[rows] - (mean[0] ** 2 if is_connected else 0), counts, sums
        )
    distances = np.append(np.arange(n_distances), pairs.distance)
    # C(0) is 1 in every lattice. Elsewhere equal values are copies or a coincidence.
    equal = (error < _ROUNDING) & ((distances > 0) | bool(is_connected))
    if equal.any():
        error[equal] = np.nan
        warnings.warn(
            f"All {len(counts)} groups of lattices in X of shape {shape} have the same C(r) in "
            f"{np.count_nonzero(equal)} of {len(equal)} rows, whose standard errors are NaN. Give "
            "more lattices, each of them once.",
            stacklevel=2,
        )
    return pd.DataFrame(
        {
            "direction": np.repeat(["axis", "radial"], n_distances),
            "distance": distances,
            "correlation": value,
            "error": error,
        }
    )


def _find_phase(momenta, shape, counts, sums):
    """Return whether lattices are in the ordered phase; warn and return None if it is not clear."""
    mean = sums.sum(axis=0) / counts.sum()
    M, m2, S = mean[0], mean[1], mean[-len(momenta.n_modes) :]
    mixed = is_mixed(shape[0], shape[1:], *mean[2:5])
    phase = None if mixed else is_ordered(momenta, shape[0], S, M, m2)
    if phase is None:
        reason = (
            "their energies differ more than those of lattices of one temperature do"
            if mixed
            else "they can be from either phase"
        )
        warnings.warn(
            f"C(r) of X of shape {shape} is NaN: connected='auto' cannot tell the phase of the "
            f"lattices, because {reason}. Give connected=False for <s_0 s_r>, or connected=True to "
            "subtract M^2.",
            stacklevel=3,
        )
    return phase
