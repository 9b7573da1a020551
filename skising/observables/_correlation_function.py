"""How strongly two spins are correlated, against their distance."""

import numpy as np
import pandas as pd
from scipy import fft

from .._spins import read_lattices
from .._validation import check_choice, check_groups
from ._jackknife import _CONNECTED, _is_connected, _jackknife, _sum_in_bins


def correlation_function(X, *, connected="auto", groups=None):
    """Correlation of two spins against their distance, C(r) = <s_0 s_r> - M^2.

    It is the average over all pairs of sites of periodic lattices, by fast Fourier transforms.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in equilibrium at one temperature: an array, or a store that is read
        by slices, as a zarr array, an h5py data set or a dask array. It is read in pieces of some
        16 MiB.
    connected : {"auto"} or bool, default="auto"
        Whether to subtract M^2, with M = ``<|m|>`` for the spontaneous magnetization. "auto" does
        so in the ordered phase, which it takes to be where Binder's cumulant is above 1/3. In the
        disordered phase M is 0, which ``<|m|>`` of a finite lattice is not.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``: the error takes lattices of different groups to
        be independent. None takes all lattices to be so.

    Returns
    -------
    correlation : DataFrame
        direction : "axis", the average over both axes, or "radial", over all directions.
        distance : r in lattice constants, up to half of the shorter side. In "radial" it is the
        mean of those distances that round to the same integer.
        correlation : C(r), from -1 to 1.
        error : its standard error, by the jackknife.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1; if there are fewer than
        two lattices or groups, or another number of labels than of lattices; if `connected` is
        something else.

    See Also
    --------
    correlation_length : How fast C(r) decays.

    Examples
    --------
    >>> from skising import make_ising
    >>> from skising.observables import correlation_function, energy_density
    >>> X = make_ising(100, 32, temperatures=[2.6], random_state=0).data
    >>> C = correlation_function(X).query("direction == 'axis'").correlation
    >>> bool(abs(C[1] + energy_density(X).mean() / 2) < 1e-12)  # neighbours
    True
    """
    check_choice(connected, "connected", _CONNECTED)
    shape, pieces = read_lattices(X)
    groups = check_groups(groups, shape)
    n_distances = min(shape[1:]) // 2 + 1
    distance, ring = _rings(shape[1:])
    n_pairs = np.bincount(ring)

    def measure(lattice):
        power = np.abs(fft.rfft2(lattice.astype(np.float64))) ** 2
        C = fft.irfft2(power, lattice.shape) / lattice.size
        axis = (C[0, :n_distances] + C[:n_distances, 0]) / 2
        return axis, (np.bincount(ring, C.ravel()) / n_pairs)[:n_distances]

    counts, sums = _sum_in_bins(pieces, groups, measure)
    is_connected = _is_connected(connected, counts, sums)
    value, error = _jackknife(
        lambda mean: mean[3:] - (mean[0] ** 2 if is_connected else 0), counts, sums
    )
    return pd.DataFrame(
        {
            "direction": np.repeat(["axis", "radial"], n_distances),
            "distance": np.append(np.arange(n_distances), distance[:n_distances]),
            "correlation": value,
            "error": error,
        }
    )


def _rings(sides):
    """Return the mean length of the displacements in each ring, and the ring of each of them."""
    squares = [np.minimum(np.arange(n), n - np.arange(n)) ** 2 for n in sides]
    length = np.sqrt(np.add.outer(*squares)).ravel()
    ring = np.rint(length).astype(int)
    return np.bincount(ring, length) / np.bincount(ring), ring
