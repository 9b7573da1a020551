"""The correlation length of lattices, from their structure factor S(k)."""

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from .._typing import LatticesLike
from .._validation import check_choice, check_groups
from ..blocks._open import open_lattices
from ._energies import energies, is_antiparallel, is_mixed
from ._jackknife import CONNECTED_CHOICES, are_copies, sum_in_bins
from ._length_estimates import SMALL_LATTICE, exponential_length, second_moment_length
from ._open_momenta import OpenMomenta
from ._structure_factor import Momenta, is_ordered


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
    periodic: bool = True,
) -> CorrelationLength:
    """Correlation length of lattices, with its standard error.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in equilibrium at one temperature: an array, or a store that is read
        by slices, such as a zarr array, an h5py data set or a dask array. It is read in pieces of
        at most 16 MiB, or else lattice by lattice.
    method : {"exponential", "second-moment"}, default="exponential"
        "exponential" is the decay length of correlations at large distance, as in
        `skising.exact.correlation_length`. "second-moment" makes no assumption on the model, and
        is noisy if the lattice is much larger than xi, and needs periodic lattices. The two lengths
        differ; see Notes.
    connected : {"auto"} or bool, default="auto"
        Whether the lattices are in the ordered phase, so that the spontaneous magnetization
        ``<|m|>`` is subtracted. "auto" takes the phase whose form of S(k) is more likely, as Notes
        say. This works for a single lattice, too.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.
    periodic : bool, default=True
        Whether the lattices have periodic boundaries. Choose False for parts of a larger system,
        such as pictures and blocks of lattices. In a simulation with free boundaries, spins near
        the edges are correlated less than others: cut off the sites within a few xi of the edges.

    Returns
    -------
    xi, error : CorrelationLength
        A named tuple of two floats, in lattice constants. Both are NaN, with a warning that says
        why, if the lattices cannot tell xi.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1; if lattices have fewer
        than 4 sites per side; if there is not one label for each lattice; if `method`, `connected`
        or `periodic` is not a listed choice; if `method` is "second-moment" and `periodic` is
        False.

    Warns
    -----
    UserWarning
        If xi is more than a tenth of the side of the lattice, and so may differ from that of an
        infinite lattice. xi and error are NaN, with a warning, if

        - lattices of 8 sites per side or more have energies that one temperature cannot explain;
        - neighbouring spins are antiparallel;
        - either phase is possible, or `connected` is not the phase that S(k) shows;
        - all groups hold copies of the same lattices, or all parts of the lattices are the same;
        - the correlations are not stronger than the noise, or the error would exceed xi;
        - the exponential length would exceed a quarter of the side;
        - a second-moment length is asked for, and there are fewer than 16 groups.

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

    With ``periodic=False`` a lattice is taken for a part of an infinite system. The mean of its
    squared Fourier components is not S(k), because not all pairs of sites at a displacement are
    inside. The fit compares them with the mean that follows from S(k) of either form [3]_. This
    takes Fourier transforms of the lattice's size for some dozens of lengths: 1 s for 512 x 512
    sites, 5 s for 1024 x 1024.

    "auto" fits both forms to the same momenta. In the disordered phase the magnetization is normal,
    too, with the fitted S(0) as its variance; in the ordered phase it sets the amplitude of S(k).
    It chooses the phase that is exp(10) times as likely as the other.

    From 16 groups on, the value and the standard error are those of the jackknife over groups. The
    second-moment length needs that many, since every lattice has one component of k = 0. With
    fewer groups the standard error of the exponential length comes from within the lattices. To
    first order, ln xi is a mean over all sites of a product of spins near each site. Its variance
    follows from the Fourier components of this product at momenta below 0.7 / xi. Compared with the
    exact xi, 74 % of single lattices of 20 xi per side are within one error, and at most 0.4 % are
    off by more than five. Of single lattices of 10 xi, a fifth are NaN; 66 to 77 % of the others
    are within one error, and up to 2.3 % are off by more than five. For 4 lattices or more these
    are at most 0.7 % (``benchmarks/check_correlation_length.py``). Open lattices that are parts of
    larger ones do no worse: 76 % of single lattices of 20 xi are within one error, and 70 to 73 %
    of those of 10 xi.

    If xi is the exponential length, the second-moment length in the disordered phase is
    1 / (2 sinh(1 / (2 xi))), to 0.1 %. In the ordered phase it is sqrt(2 / 5) xi = 0.632 xi near
    the critical temperature, and some 3 % less at k = 2 pi / L with L = 10 xi.

    References
    ----------
    .. [1] F. Cooper, B. Freedman and D. Preston, "Solving phi^4_{1,2} field theory with Monte
       Carlo", Nucl. Phys. B 210, 210 (1982).
    .. [2] T. T. Wu, B. M. McCoy, C. A. Tracy and E. Barouch, "Spin-spin correlation functions for
       the two-dimensional Ising model", Phys. Rev. B 13, 316 (1976).
    .. [3] A. M. Sykulski, S. C. Olhede, A. P. Guillaumin, J. M. Lilly and J. J. Early, "The
       debiased Whittle likelihood", Biometrika 106, 251 (2019).

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
    periodic = check_choice(periodic, "periodic", (True, False))
    if method == "second-moment" and not periodic:
        raise ValueError(
            "method='second-moment' needs periodic lattices, because it compares S(k) at the "
            "momenta 0 and 2 pi / L; got periodic=False. Give method='exponential'."
        )
    lattices = open_lattices(X)
    shape = lattices.shape
    groups = check_groups(groups, shape, minimum=1)
    if min(shape[1:]) < 4:
        raise ValueError(
            "A correlation length needs lattices of at least 4 sites per side; got X of shape "
            f"{shape}. Give larger lattices."
        )
    momenta = (Momenta if periodic else OpenMomenta)(shape[1:])

    def measure(lattice):
        power = np.abs(fft.rfft2(lattice.astype(np.float64))) ** 2 / lattice.size
        S = momenta.structure_factor(power)
        return *energies(lattice, periodic), power[1, 0], power[0, 1], S

    counts, sums = sum_in_bins(lattices, groups, measure)
    mean = sums.sum(axis=0) / counts.sum()
    problem = _problem_of_sample(shape, counts, sums, mean)
    if problem is None:
        phase = is_ordered(momenta, shape[0], mean[7:], mean[0], mean[1])
        problem = _problem_of_phase(method, connected, phase)
    if problem is None:
        ordered = phase if connected == "auto" else connected
        if method == "second-moment":
            xi, error, problem = second_moment_length(momenta, ordered, counts, sums)
        else:
            xi, error, problem = exponential_length(
                momenta, ordered, lattices, groups, counts, sums
            )
    if problem is not None:
        warnings.warn(
            f"The correlation length of X of shape {shape} is NaN: {problem}", stacklevel=2
        )
        return CorrelationLength(np.nan, np.nan)
    if xi > min(shape[1:]) / SMALL_LATTICE:
        warnings.warn(
            f"The correlation length, {xi:.3g}, is more than a tenth of the side of lattices of "
            f"{shape[1]} x {shape[2]} sites, so it may differ from that of an infinite lattice. "
            f"Give larger lattices: {SMALL_LATTICE} xi per side are enough.",
            stacklevel=2,
        )
    return CorrelationLength(float(xi), float(error))


def _problem_of_sample(shape, counts, sums, mean):
    """Return why lattices have no correlation length and what to do, or None."""
    if is_mixed(shape[0], shape[1:], *mean[2:5]):
        return (
            "the energies of its lattices differ more than lattices of one temperature do. Give "
            "lattices of one temperature, in equilibrium, such as X[temperature == T]."
        )
    if is_antiparallel(np.prod(shape), mean[2]):
        return (
            f"its neighbouring spins are antiparallel, with an energy of {mean[2]:+.3g} per site. "
            "For the length of the staggered order give skising.staggered(X)."
        )
    if mean[7:].any() and are_copies(counts, sums):
        return (
            f"all {len(counts)} groups have the same lattices, so they are not independent. Give "
            "each lattice once."
        )
    return None


def _problem_of_phase(method, connected, phase):
    """Return why the form of S(k) cannot be fitted and what to do, or None."""
    if connected == "auto" and phase is None:
        return (
            "it can be from either phase, and connected='auto' cannot tell which. Give larger "
            "lattices, or connected=True below the critical temperature and False above it."
        )
    # The second-moment length has a meaning in both phases for either choice.
    if method == "exponential" and phase is not None and connected is (not phase):
        found = "ordered" if phase else "disordered"
        return (
            f"connected={connected} is wrong for it, since its S(k) is that of the {found} phase. "
            f"Give connected={phase} or 'auto'."
        )
    return None
