"""The best possible classifier of the phase of an Ising lattice in equilibrium."""

from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .._numbers import as_numbers
from .._validation import check_integer, check_temperatures, first_index
from ._ising import CRITICAL_TEMPERATURE, NumberArray, bounded_coupling
from ._kaufman import _MAX_SIZE, _log_partition

_MIN_TEMPERATURE = 1e-200  # the energy of the largest lattice, divided by it, is still finite


@overload
def probability_disordered(
    energy: float, lattice_size: int, temperatures: NumberArray
) -> np.float64: ...


@overload
def probability_disordered(
    energy: NumberArray, lattice_size: int, temperatures: NumberArray
) -> NDArray[np.float64]: ...


def probability_disordered(
    energy: float | ArrayLike, lattice_size: int, temperatures: NumberArray
) -> np.float64 | NDArray[np.float64]:
    r"""Probability that a lattice of a known energy was drawn above the critical temperature.

    By Bayes' rule, with all temperatures equally likely, it is

    .. math::
       P(T > T_c \,|\, E) = \frac{\sum_{T > T_c} e^{-E / T} / Z(T)}{\sum_{T} e^{-E / T} / Z(T)} ,

    with the energy of the whole lattice, and Z from `log_partition_function`. In equilibrium a
    lattice depends on the temperature through its energy alone. So no classifier of periodic L x L
    lattices has a larger mean accuracy over these temperatures than the one that calls a lattice
    disordered where this probability is above 1/2. As the probability rises with the energy, that
    is a threshold on the energy.

    Parameters
    ----------
    energy : float or array-like of any shape
        Per spin, in units of J, at least -2: the `energy` of `make_ising`.
    lattice_size : int
        L, from 2 to 2^24.
    temperatures : array-like of shape (n,)
        At which lattices may have been drawn, in units of J / k_B. A temperature that occurs k
        times is k times as likely as one that occurs once.

    Returns
    -------
    float or ndarray of the shape of `energy`

    Raises
    ------
    TypeError, ValueError
        If `energy` holds anything but numbers from -2 to 2, `temperatures` anything but finite
        numbers above zero, or `lattice_size` is not an integer from 2 to 2^24.

    Examples
    --------
    The best possible accuracy for lattices of 32 x 32 sites, at four temperatures:

    >>> import numpy as np
    >>> from skising import exact, make_ising
    >>> T = [2.0, 2.2, 2.3, 2.5]
    >>> lattices = make_ising(4000, 32, T, target="phase", random_state=0)
    >>> p = exact.probability_disordered(lattices.energy, 32, T)
    >>> print(f"{np.mean((p > 0.5) == lattices.target):.3f}")
    0.909
    """
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2, maximum=_MAX_SIZE)
    per_spin = _check_energy(energy)
    t = np.maximum(check_temperatures(temperatures), _MIN_TEMPERATURE)
    # ln Z and the energy relative to the ground state's, whose terms would cancel each other.
    log_z = _log_partition(bounded_coupling(t), lattice_size)[0]
    log_p = -(lattice_size**2) * ((per_spin[..., np.newaxis] + 2) / t + log_z)
    return special.softmax(log_p, axis=-1)[..., t > CRITICAL_TEMPERATURE].sum(axis=-1)[()]


def _check_energy(energy):
    energy = as_numbers(energy, "energy").astype(np.float64)
    is_wrong = ~(np.abs(energy) <= 2)
    if is_wrong.any():
        index = first_index(is_wrong)
        place = f" at index {index}" if energy.ndim else ""
        hint = "Divide the energy of a whole lattice by its number of sites."
        if np.abs(energy[index]) < 3:
            hint = "Clip energies that a model has predicted: np.clip(energy, -2, 2)."
        raise ValueError(
            f"energy must hold energies per spin, from -2 to 2 in units of J; got {energy[index]}"
            f"{place}. {hint}"
        )
    return energy
