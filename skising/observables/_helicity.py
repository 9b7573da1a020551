"""The helicity modulus of lattices of clock spins."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._kernels.clock import unit_vectors
from .._kernels.observables import twist_sums
from .._spins import vectors_of_kind
from .._typing import LatticesLike
from .._validation import check_groups, check_positive
from ..blocks._open import open_lattices
from ._jackknife import are_copies, bins_of, jackknife
from ._lattice import measure_each


class HelicityModulus(NamedTuple):
    """A helicity modulus and its standard error, both in units of J."""

    upsilon: float
    error: float


def helicity_modulus(
    X: LatticesLike,
    temperature: float,
    *,
    n_states: int,
    groups: ArrayLike | None = None,
) -> HelicityModulus:
    """Helicity modulus of lattices of clock spins at one temperature, with its standard error.

    The helicity modulus, or spin stiffness, measures how the free energy F rises when the spins are
    twisted by a small angle theta from each site to the next along one axis::

        Upsilon = (1 / N) d^2 F / d theta^2
                = (1 / N) <sum cos(phi_i - phi_j)> - (1 / (N T)) <(sum sin(phi_i - phi_j))^2>

    The sums are over the bonds along the axis [1]_ [2]_. The result is the mean over both axes.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        States from 0 to q - 1, of periodic lattices in equilibrium at one temperature: an array, or
        a store that is read by slices, such as a zarr array, an h5py data set or a dask array. It
        is read in pieces of at most 16 MiB, or else lattice by lattice. `states_from_angles` makes
        states of the angles of an XY model.
    temperature : float
        T of all lattices, in units of J / k_B.
    n_states : int
        Number of states q of each spin, from 2 to 65,536. State s stands for the angle
        phi = 2 pi s / q.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as the chain of each lattice. The standard error assumes that lattices of
        different groups are independent. None assumes that all lattices are independent.

    Returns
    -------
    upsilon, error : HelicityModulus
        A named tuple of two floats, in units of J. The error is the standard error, by the
        jackknife over at most 64 bins of groups. n bins give it with a relative error of
        1 / sqrt(2 (n - 1)).

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers; if `temperature` is not a number, or `n_states`
        not an integer.
    ValueError
        If `X` has another shape, is empty, has fewer than two rows or columns, or holds anything
        but states; if `temperature` is not above 0, or several; if `n_states` is out of range; if
        there are fewer than two lattices or groups, or not one label for each lattice.

    Warns
    -----
    UserWarning
        If all groups have the same value, as copies have: the error is NaN.

    Notes
    -----
    Upsilon is 1 at T = 0, where all spins are parallel, and 0 in the disordered phase of a large
    lattice. In the XY model it jumps from 2 T / pi to 0 at the transition of Kosterlitz and
    Thouless [3]_, T = 0.8929. A finite lattice rounds the jump: at the transition
    Upsilon = (2 T / pi) (1 + 1 / (2 ln L + c)), which is 5 % above 2 T / pi even for L in the
    thousands [4]_. So the temperature at which the curve of one size crosses 2 T / pi is above that
    of the transition.

    A clock with few states has a discrete symmetry, and a small twist leads out of its states. Then
    Upsilon is what the formula above gives, in which theta multiplies no spin but the bonds: the
    second derivative of the free energy of the bonds cos(phi_i - phi_j + theta). For q >= 5 the
    clock has a critical phase as the XY model does, in which Upsilon is comparable with 2 T / pi.
    Below it, and for q <= 4 below the only transition, the order is that of the discrete states,
    and Upsilon is no stiffness against a twist of these.

    References
    ----------
    .. [1] T. Ohta and D. Jasnow, "XY model and the superfluid density in two dimensions", Phys.
       Rev. B 20, 139 (1979).
    .. [2] S. Teitel and C. Jayaprakash, "Phase transitions in frustrated two-dimensional XY
       models", Phys. Rev. B 27, 598 (1983).
    .. [3] D. R. Nelson and J. M. Kosterlitz, "Universal jump in the superfluid density of
       two-dimensional superfluids", Phys. Rev. Lett. 39, 1201 (1977).
    .. [4] H. Weber and P. Minnhagen, "Monte Carlo determination of the critical temperature for the
       two-dimensional XY model", Phys. Rev. B 37, 5986 (1988).

    Examples
    --------
    Small fluctuations about the ground state reduce the helicity modulus:

    >>> import numpy as np
    >>> from skising import states_from_angles
    >>> from skising.observables import helicity_modulus
    >>> angles = np.random.default_rng(0).normal(scale=0.1, size=(100, 16, 16))
    >>> X = states_from_angles(angles)
    >>> upsilon, error = helicity_modulus(X, 0.1, n_states=65_536)
    >>> round(upsilon, 4), round(error, 4)
    (0.9902, 0.0001)
    """
    if np.ndim(temperature):
        raise ValueError(
            "temperature must be one number, that of all lattices; got an array of shape "
            f"{np.shape(temperature)}. Call the function once for each temperature T, with "
            "`X[temperature == T]`."
        )
    temperature = check_positive(temperature, "temperature")
    lattices = open_lattices(X, spins=vectors_of_kind("clock", n_states))
    shape = lattices.shape
    groups = check_groups(groups, shape)
    if min(shape[1:]) < 2:
        raise ValueError(
            "A helicity modulus needs lattices of at least 2 sites per side, with bonds along both "
            f"axes; got X of shape {shape}. Give larger lattices."
        )
    values = _modulus_of_each(lattices, temperature)
    bins = bins_of(groups)
    counts, sums = np.bincount(bins), np.bincount(bins, values)[:, np.newaxis]
    upsilon, error = jackknife(lambda mean: mean[0], counts, sums)
    if are_copies(counts, sums):
        warnings.warn(
            f"All {len(counts)} groups of lattices in X of shape {shape} have the same helicity "
            "modulus, whose standard error is NaN. Give more lattices, each of them once.",
            stacklevel=2,
        )
        error = np.nan
    return HelicityModulus(float(upsilon), float(error))


def _modulus_of_each(lattices, temperature):
    """Return for each lattice the numbers whose mean in equilibrium is the helicity modulus."""
    vectors = unit_vectors(lattices.spins.n_states)
    sums = measure_each(lattices, lambda X, sums: twist_sums(X, vectors, sums), (2, 2))
    cosines, sines = sums[:, :, 0], sums[:, :, 1]
    n_sites = lattices.shape[1] * lattices.shape[2]
    return np.mean(cosines - sines**2 / temperature, axis=1) / n_sites
