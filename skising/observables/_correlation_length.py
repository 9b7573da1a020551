"""The correlation length of periodic lattices, from their structure factor S(k)."""

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, optimize

from .._typing import LatticesLike
from .._validation import check_choice, check_groups
from ..blocks._open import open_lattices
from ._jackknife import CONNECTED_CHOICES, jackknife, resolve_connected, sum_in_bins

_SMALL_LATTICE = 10  # side, in correlation lengths, below which the user is warned

_LARGEST_MOMENTUM = 4  # in inverse correlation lengths, of the fit to S(k)

_SHORTEST_LENGTH = 0.1  # in lattice constants, that the fit considers

# A shell of momenta is as wide as the smallest momentum of the lattice, 2 pi / L, over this number.
_SHELLS_PER_MOMENTUM = 16

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)  # on [-1, 1]


class CorrelationLength(NamedTuple):
    """A correlation length and its standard error, both in lattice constants."""

    xi: float
    error: float


def correlation_length(
    X: LatticesLike,
    *,
    method: Literal["exponential", "second-moment"] = "exponential",
    connected: bool | Literal["auto"] = "auto",
    groups: ArrayLike | None = None,
) -> CorrelationLength:
    """Correlation length of periodic lattices, with its standard error.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in equilibrium at one temperature: an array, or a store that is read
        by slices, such as a zarr array, an h5py data set or a dask array. It is read in pieces of
        at most 16 MiB, or else lattice by lattice.
    method : {"exponential", "second-moment"}, default="exponential"
        "exponential" is the decay length of correlations at large distance, as in
        `skising.exact.correlation_length`. "second-moment" makes no assumption on the model, and
        is noisy if the lattice is much larger than xi. The two lengths differ; see Notes.
    connected : {"auto"} or bool, default="auto"
        Whether the lattices are in the ordered phase, so that the spontaneous magnetization
        ``<|m|>`` is subtracted. "auto" takes them to be if Binder's cumulant is above 1/3.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.

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
        than 4 sites per side; if there are fewer than two lattices or groups, or not one label for
        each lattice; if `method` or `connected` is not a listed choice.

    Warns
    -----
    UserWarning
        If xi is more than a tenth of the side of the lattice, and so may differ from that of an
        infinite lattice; or if the correlations are not stronger than the noise, and xi and error
        are NaN.

    See Also
    --------
    skising.exact.correlation_length : The exact xi of the infinite lattice.

    Notes
    -----
    "second-moment" compares the structure factor S(k), the mean squared Fourier component per site,
    at k = 0, the susceptibility, with S(k) at the smallest momentum 2 pi / L [1]_::

        xi^2 = (S(0) / S(2 pi / L) - 1) / (4 sin^2(pi / L))

    The relative error of the susceptibility does not decrease with the size of the lattice.
    Therefore the error of xi^2 grows as L^2.

    "exponential" fits S(k) at all 0 < k < 4 / xi, by Whittle's likelihood. In the disordered phase
    S(k) is proportional to 1 / (k^2 + xi^-2), to some parts in a thousand (on the lattice, k stands
    for 2 sin(k / 2) and 1 / xi for 2 sinh(1 / (2 xi))). In the ordered phase S(k) has a cut in
    place of the pole: pairs of domain walls correlate the spins. The fit takes for
    ``S(k) / <|m|>^2`` the contribution of a single pair [2]_; that of more pairs is negligible.
    There C(r) is an exponential times a power of r, and a line through its logarithm is too steep
    at all distances that can be measured. Both forms hold for the Ising model on the square
    lattice. For xi from 2 to L / 10 they give the exact xi to 0.5 %, plus the statistical error.

    If xi is the exponential length, the second-moment length in the disordered phase is
    1 / (2 sinh(1 / (2 xi))), to 0.1 %. In the ordered phase it is sqrt(2 / 5) xi = 0.632 xi near
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
    check_choice(connected, "connected", CONNECTED_CHOICES)
    lattices = open_lattices(X)
    shape = lattices.shape
    groups = check_groups(groups, shape)
    size = min(shape[1:])
    if size < 4:
        raise ValueError(
            "A correlation length needs lattices of at least 4 sites per side; got X of shape "
            f"{shape}. Give larger lattices."
        )
    momentum2, n_modes, shell, weight = _shells(shape[1:])

    def measure(lattice):
        power = np.abs(fft.rfft2(lattice.astype(np.float64))) ** 2 / lattice.size
        in_shell = np.bincount(shell, weight * power.ravel())
        # Leave out k = 0, whose component fluctuates unlike the others.
        return power[1, 0], power[0, 1], in_shell[1:] / n_modes

    counts, sums = sum_in_bins(lattices, groups, measure)
    is_connected = resolve_connected(connected, counts, sums)
    if method == "second-moment":
        xi, error = _second_moment(shape[1:], is_connected, counts, sums)
    else:
        xi, error = _exponential(momentum2, n_modes, size, is_connected, counts, sums)
    _warn_of_length(xi, shape)
    return CorrelationLength(float(xi), float(error))


def _second_moment(sides, is_connected, counts, sums):
    """Return the second-moment length and its standard error from the sums of bins."""
    momentum2 = 4 * np.sin(np.pi / np.array(sides)) ** 2

    def squared(mean):
        susceptibility = np.prod(sides) * (mean[1] - is_connected * mean[0] ** 2)
        # On a square lattice this is (S(0) / S(k) - 1) / k^2, with S(k) the mean of both axes.
        return np.sum(susceptibility - mean[3:5]) / (mean[3:5] @ momentum2)

    # S(k) can be 0, as in lattices of equal spins; xi^2 is then inf or NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        xi2, error = jackknife(squared, counts, sums)
    if not 0 < xi2 < np.inf:
        return np.nan, np.nan
    return np.sqrt(xi2), error / (2 * np.sqrt(xi2))


def _exponential(momentum2, n_modes, size, is_connected, counts, sums):
    """Return the exponential length and its standard error from the sums of bins."""
    largest = None

    def fit(mean):
        """Return the xi of largest Whittle likelihood, given the mean S(k)."""
        near = slice(None) if largest is None else momentum2 <= largest**2
        S, k2, n = mean[5:][near], momentum2[near], n_modes[near]
        if not S.any() or (is_connected and mean[0] == 0):
            return _SHORTEST_LENGTH

        def loss(log_xi):
            if is_connected:
                model = mean[0] ** 2 * wall_pair_structure_factor(k2, np.exp(log_xi))
            else:
                model = pole_structure_factor(k2, np.exp(log_xi))
                # The amplitude has a closed form where the likelihood is largest.
                model *= n @ (S / model) / n.sum()
            return n @ (np.log(model) + S / model)

        bounds = np.log([_SHORTEST_LENGTH, size])
        return np.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x)

    mean = sums.sum(axis=0) / counts.sum()
    for _ in range(4):
        xi = fit(mean)
        # Fit at least the momenta (1, 0) and (1, 1): the ratio of their S(k) determines xi.
        largest = max(_LARGEST_MOMENTUM / xi, 3 * np.pi / size)
    if xi < 1.01 * _SHORTEST_LENGTH:
        return np.nan, np.nan
    return jackknife(fit, counts, sums)


def pole_structure_factor(momentum2, xi):
    """Return S(k), up to a factor, in the disordered phase."""
    return 1 / (momentum2 + 4 * np.sinh(1 / (2 * xi)) ** 2)


def wall_pair_structure_factor(momentum2, xi):
    """Return S(k) / M^2 in the ordered phase, as far as pairs of domain walls contribute.

    The two walls have opposite momenta p along the other axis. With cosh gamma(p) =
    1 + cosh(1 / (2 xi)) - cos p, the result is the integral of sin^2 p / sinh^4 gamma times
    sinh 2 gamma / (cosh 2 gamma - cos k) over p from 0 to pi, divided by 2 pi.
    """
    rest = np.sinh(1 / (4 * xi))
    # Substitute sin(p / 2) = rest sinh t: the integrand is smooth in t for any xi, even at p = 0.
    half = np.arcsinh(1 / rest) / 2
    t = half * (1 + _NODES)
    x, s = rest * np.sinh(t), rest * np.cosh(t)
    sinh2 = 4 * s**2 * (1 + s**2)
    measure = s * x**2 * np.sqrt(np.maximum(1 - x**2, 0)) * (1 + 2 * s**2) / sinh2**1.5
    measure *= 4 * half / np.pi * _NODE_WEIGHTS
    return (1 / (sinh2 + momentum2[:, np.newaxis] / 4)) @ measure


def _shells(sides):
    """Group the momenta of `rfft2` of a lattice into shells of about equal length.

    Returns
    -------
    momentum2 : ndarray of shape (n_shells - 1,)
        The mean of 4 sin^2(k_x / 2) + 4 sin^2(k_y / 2) in each shell, without that of k = 0.
    n_modes : ndarray of shape (n_shells - 1,)
        The number of momenta in each of these shells.
    shell : int array
        The shell of each component of `rfft2`, from 0 on; shell 0 holds k = 0 alone.
    weight : ndarray
        The number of momenta, 1 or 2, for which each component of `rfft2` stands.
    """
    squares = [4 * np.sin(np.pi * f) ** 2 for f in (fft.fftfreq(sides[0]), fft.rfftfreq(sides[1]))]
    momentum2 = np.add.outer(*squares)
    # A component of `rfft2` stands for both k and -k. The first column and, for an even number of
    # columns, the last hold the components of k and of -k separately.
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
            f"X of shape {shape} shows no correlation above the noise: xi is NaN. Give more "
            "lattices, or lattices at a temperature closer to the critical one.",
            stacklevel=3,
        )
    elif xi > min(shape[1:]) / _SMALL_LATTICE:
        warnings.warn(
            f"The correlation length, {xi:.3g}, is more than a tenth of the side of lattices of "
            f"{shape[1]} x {shape[2]} sites, so it may differ from that of an infinite lattice. "
            f"Give larger lattices: {_SMALL_LATTICE} xi per side are enough.",
            stacklevel=3,
        )
