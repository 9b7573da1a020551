"""The length over which correlations of spins decay."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy import fft, optimize

from .._spins import read_lattices
from .._validation import check_choice, check_groups
from ._jackknife import _CONNECTED, _is_connected, _jackknife, _sum_in_bins

_SMALL_LATTICE = 10  # in correlation lengths

_LARGEST_MOMENTUM = 4  # in inverse correlation lengths

_SHORTEST_LENGTH = 0.1

# Momenta this much finer than those of the lattice count as the same.
_SHELLS_PER_MOMENTUM = 16

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)


class CorrelationLength(NamedTuple):
    """A correlation length and its standard error, both in lattice constants."""

    xi: float
    error: float


def correlation_length(X, *, method="exponential", connected="auto", groups=None):
    """Correlation length of periodic lattices, with its standard error.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in equilibrium at one temperature: an array, or a store that is read
        by slices, as a zarr array, an h5py data set or a dask array. It is read in pieces of some
        16 MiB.
    method : {"exponential", "second-moment"}, default="exponential"
        "exponential" is the length that correlations at large distance decay with, that of
        `skising.exact.correlation_length`. "second-moment" makes no assumption on the model, and
        is noisy where the lattice is much larger than xi. They are different numbers; see Notes.
    connected : {"auto"} or bool, default="auto"
        Whether the lattices are in the ordered phase, where the spontaneous magnetization ``<|m|>``
        is not part of the correlation. "auto" finds out, by whether Binder's cumulant is above 1/3.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``: the error takes lattices of different groups to
        be independent. None takes all lattices to be so.

    Returns
    -------
    xi, error : CorrelationLength
        A named tuple of two floats, in lattice constants.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1; if lattices have fewer
        than 4 sites a side; if there are fewer than two lattices or groups, or another number of
        labels than of lattices; if `method` or `connected` is something else.

    Warns
    -----
    UserWarning
        If xi is more than a tenth of the lattice, and so that of a lattice of this size, not of an
        infinite one; or if no correlation can be told from noise, where xi and error are NaN.

    See Also
    --------
    skising.exact.correlation_length : That of the infinite lattice.

    Notes
    -----
    "second-moment" compares the structure factor S(k), the mean squared Fourier component per site,
    at k = 0, where it is the susceptibility, and at the smallest momentum 2 pi / L [1]_::

        xi^2 = (S(0) / S(2 pi / L) - 1) / (4 sin^2(pi / L))

    As the susceptibility of L x L sites is known no better from a larger lattice, the error of xi^2
    grows as L^2.

    "exponential" fits S(k) at all 0 < k < 4 / xi, by the likelihood of Whittle. In the disordered
    phase S(k) is proportional to 1 / (k^2 + xi^-2) but for some parts in a thousand (on the
    lattice, with 2 sin(k / 2) for k and 2 sinh(1 / (2 xi)) for 1 / xi). In the ordered phase it has
    a cut in place of the pole: spins correlate by pairs of domain walls, and ``S(k) / <|m|>^2`` is
    what a single pair contributes [2]_, beside which that of more pairs is negligible. C(r) has a
    power of r beside the exponential there, and a line through its logarithm is too steep at all
    distances that can be measured. Both forms are those of the Ising model on the square lattice;
    for xi from 2 to L / 10 they give the exact xi to 0.5 %, but for the statistical error.

    In the disordered phase the second-moment xi is 1 / (2 sinh(1 / (2 xi))) of the other, to 0.1 %.
    In the ordered phase it is a different length: sqrt(2 / 5) = 0.632 of the exponential one near
    the critical temperature, and some 3 % less at k = 2 pi / L with L = 10 xi.

    References
    ----------
    .. [1] F. Cooper, B. Freedman and D. Preston, "Solving phi^4_{1,2} field theory with Monte
       Carlo", Nucl. Phys. B 210, 210 (1982).
    .. [2] T. T. Wu, B. M. McCoy, C. A. Tracy and E. Barouch, "Spin-spin correlation functions for
       the two-dimensional Ising model", Phys. Rev. B 13, 316 (1976).

    Examples
    --------
    >>> from skising import exact, make_ising
    >>> from skising.observables import correlation_length
    >>> X = make_ising(100, 64, temperatures=[2.6], random_state=0).data
    >>> xi, error = correlation_length(X)
    >>> bool(abs(xi - exact.correlation_length(2.6)) < 3 * error)
    True
    """
    check_choice(method, "method", ("exponential", "second-moment"))
    check_choice(connected, "connected", _CONNECTED)
    shape, pieces = read_lattices(X)
    groups = check_groups(groups, shape)
    size = min(shape[1:])
    if size < 4:
        raise ValueError(
            "A correlation length needs lattices of at least 4 sites a side; got X of shape "
            f"{shape}. Give larger lattices."
        )
    momentum2, n_modes, shell, weight = _shells(shape[1:])

    def measure(lattice):
        power = np.abs(fft.rfft2(lattice.astype(np.float64))) ** 2 / lattice.size
        in_shell = np.bincount(shell, weight * power.ravel())
        # Without that of k = 0, whose fluctuations are not those of the others.
        return power[1, 0], power[0, 1], in_shell[1:] / n_modes

    counts, sums = _sum_in_bins(pieces, groups, measure)
    is_connected = _is_connected(connected, counts, sums)
    if method == "second-moment":
        xi, error = _second_moment(shape[1:], is_connected, counts, sums)
    else:
        xi, error = _exponential(momentum2, n_modes, size, is_connected, counts, sums)
    _warn_of_length(xi, shape)
    return CorrelationLength(float(xi), float(error))


def _second_moment(sides, is_connected, counts, sums):
    momentum2 = 4 * np.sin(np.pi / np.array(sides)) ** 2

    def squared(mean):
        susceptibility = np.prod(sides) * (mean[1] - is_connected * mean[0] ** 2)
        # On a square lattice this is (S(0) / S(k) - 1) / k^2, with S(k) the mean of both axes.
        return np.sum(susceptibility - mean[3:5]) / (mean[3:5] @ momentum2)

    # Lattices without any Fourier component at k give 0 / 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        xi2, error = _jackknife(squared, counts, sums)
    if not 0 < xi2 < np.inf:
        return np.nan, np.nan
    return np.sqrt(xi2), error / (2 * np.sqrt(xi2))


def _exponential(momentum2, n_modes, size, is_connected, counts, sums):
    largest = None

    def fit(mean):
        """Maximise Whittle's likelihood of S(k)."""
        near = slice(None) if largest is None else momentum2 <= largest**2
        S, k2, n = mean[5:][near], momentum2[near], n_modes[near]
        if not S.any() or (is_connected and mean[0] == 0):
            return _SHORTEST_LENGTH

        def loss(log_xi):
            if is_connected:
                model = mean[0] ** 2 * _of_wall_pairs(k2, np.exp(log_xi))
            else:
                model = _of_single_pole(k2, np.exp(log_xi))
                # The most likely amplitude.
                model *= n @ (S / model) / n.sum()
            return n @ (np.log(model) + S / model)

        bounds = np.log([_SHORTEST_LENGTH, size])
        return np.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x)

    mean = sums.sum(axis=0) / counts.sum()
    for _ in range(4):
        xi = fit(mean)
        # Two momenta at least, (1, 0) and (1, 1), of which the ratio of S(k) tells xi.
        largest = max(_LARGEST_MOMENTUM / xi, 3 * np.pi / size)
    if xi < 1.01 * _SHORTEST_LENGTH:
        return np.nan, np.nan
    return _jackknife(fit, counts, sums)


def _of_single_pole(momentum2, xi):
    return 1 / (momentum2 + 4 * np.sinh(1 / (2 * xi)) ** 2)


def _of_wall_pairs(momentum2, xi):
    """Return S(k) / M^2 of two domain walls, of opposite momenta p along the other axis.

    With cosh gamma(p) = 1 + cosh(1 / (2 xi)) - cos p it is the integral of sin^2 p / sinh^4 gamma
    times sinh 2 gamma / (cosh 2 gamma - cos k) over p from 0 to pi, divided by 2 pi.
    """
    rest = np.sinh(1 / (4 * xi))
    # sin(p / 2) = rest sinh t, where t makes it smooth at p = 0 however small 1 / xi is.
    half = np.arcsinh(1 / rest) / 2
    t = half * (1 + _NODES)
    x, s = rest * np.sinh(t), rest * np.cosh(t)
    sinh2 = 4 * s**2 * (1 + s**2)
    measure = s * x**2 * np.sqrt(np.maximum(1 - x**2, 0)) * (1 + 2 * s**2) / sinh2**1.5
    measure *= 4 * half / np.pi * _NODE_WEIGHTS
    return (1 / (sinh2 + momentum2[:, np.newaxis] / 4)) @ measure


def _shells(sides):
    """Return the momenta that `rfft2` keeps, those of about equal length together.

    Returns momentum2, mean of 4 sin^2(k_x / 2) + 4 sin^2(k_y / 2), and n_modes, how many they are,
    for each shell but that of k = 0; shell and weight, for each component of `rfft2`.
    """
    squares = [4 * np.sin(np.pi * f) ** 2 for f in (fft.fftfreq(sides[0]), fft.rfftfreq(sides[1]))]
    momentum2 = np.add.outer(*squares)
    # k and -k are one of its components, but in the first column and, if even, in the last.
    weight = np.full(momentum2.shape, 2.0)
    weight[:, 0] = 1
    if sides[1] % 2 == 0:
        weight[:, -1] = 1
    unit = 2 * np.pi / (max(sides) * _SHELLS_PER_MOMENTUM)
    shell = np.unique(np.rint(np.sqrt(momentum2) / unit), return_inverse=True)[1].ravel()
    weight, momentum2 = weight.ravel(), momentum2.ravel()
    n_modes = np.bincount(shell, weight)
    return (np.bincount(shell, weight * momentum2) / n_modes)[1:], n_modes[1:], shell, weight


def _warn_of_length(xi, shape):
    if np.isnan(xi):
        warnings.warn(
            f"X of shape {shape} shows no correlation that can be told from noise: xi is NaN. "
            "Give more lattices, or take a temperature nearer to the critical one.",
            stacklevel=3,
        )
    elif xi > min(shape[1:]) / _SMALL_LATTICE:
        warnings.warn(
            f"The correlation length, {xi:.3g}, is more than a tenth of lattices of "
            f"{shape[1]} x {shape[2]} sites: it is that of lattices of this size, not of an "
            f"infinite one. Give larger lattices: {_SMALL_LATTICE} xi a side are enough.",
            stacklevel=3,
        )
