"""Exact results for the q-state Potts model on the square lattice, at its transition.

The Hamiltonian is H = -J sum_<ij> delta(s_i, s_j) with q states and J = k_B = 1. The transition is
continuous for q <= 4, and first order for q > 4 (Baxter, J. Phys. C 6, L445 (1973)).
"""

from typing import overload

import numpy as np
from numpy.typing import NDArray

from .._validation import check_integer
from ._ising import NumberArray, flatten

_LARGEST_N_STATES = 1 << 53
# At q = 5, where the products converge slowest, factor n differs from 1 by 4 exp(-0.96 n).
_FACTORS = np.arange(1, 101)


def potts_critical_temperature(n_states: int) -> float:
    """Temperature of the transition of the infinite lattice, 1 / ln(1 + sqrt q).

    At this temperature the model is dual to itself (Potts, Proc. Camb. Phil. Soc. 48, 106 (1952)).

    Parameters
    ----------
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    float
        In units of J / k_B. For q = 2 it is half the Ising model's, since
        delta(s_i, s_j) = (1 + s_i s_j) / 2.

    Raises
    ------
    TypeError, ValueError
        If `n_states` is not an integer from 2 to 2^53.

    Examples
    --------
    >>> print(f"{potts_critical_temperature(10):.10f}")
    0.7012315679
    """
    return float(1 / np.log1p(np.sqrt(_check_n_states(n_states))))


def potts_phase_energies(n_states: int) -> tuple[float, float]:
    """Energies per site of the ordered and of the disordered phase at the critical temperature.

    Their mean is -(1 + 1 / sqrt q), by duality. Their difference is `potts_latent_heat`.

    Parameters
    ----------
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    ordered, disordered : float
        In units of J. They are equal for q <= 4.

    Raises
    ------
    TypeError, ValueError
        If `n_states` is not an integer from 2 to 2^53.

    Examples
    --------
    >>> ordered, disordered = potts_phase_energies(10)
    >>> print(f"{ordered:.10f} {disordered:.10f}")
    -1.6642524818 -0.9682030503
    """
    half = potts_latent_heat(n_states) / 2
    mean = -1 - 1 / np.sqrt(_check_n_states(n_states))
    return float(mean - half), float(mean + half)


def potts_latent_heat(n_states: int) -> float:
    """Latent heat per site, the jump of the energy at the critical temperature.

    For q > 4 it is 2 (1 + 1 / sqrt q) tanh(theta / 2) prod_{n >= 1} tanh^2(n theta), where
    2 cosh(theta) = sqrt q (Baxter, J. Phys. C 6, L445 (1973)).

    Parameters
    ----------
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    float
        In units of J. It is 0 for q <= 4.

    Raises
    ------
    TypeError, ValueError
        If `n_states` is not an integer from 2 to 2^53.

    Examples
    --------
    >>> print(f"{potts_latent_heat(10):.10f}")
    0.6960494315
    """
    n_states = _check_n_states(n_states)
    if n_states <= 4:
        return 0.0
    theta = _theta(n_states)
    product = np.prod(np.tanh(_FACTORS * theta) ** 2)
    return float(2 * (1 + 1 / np.sqrt(n_states)) * np.tanh(theta / 2) * product)


def potts_spontaneous_magnetization(n_states: int) -> float:
    """Spontaneous magnetization of the ordered phase at the critical temperature.

    In the ordered phase a fraction (1 + (q - 1) M) / q of the sites is in one state. For q > 4,
    M = prod_{n >= 1} (1 - x^(2n - 1)) / (1 + x^(2n)), where x = exp(-2 theta) and
    2 cosh(theta) = sqrt q (Baxter, J. Phys. A 15, 3329 (1982)).

    Parameters
    ----------
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    float
        From 0 to 1. It is 0 for q <= 4.

    Raises
    ------
    TypeError, ValueError
        If `n_states` is not an integer from 2 to 2^53.

    Examples
    --------
    >>> print(f"{potts_spontaneous_magnetization(10):.8f}")
    0.85710686
    """
    n_states = _check_n_states(n_states)
    if n_states <= 4:
        return 0.0
    x = np.exp(-2 * _theta(n_states))
    return float(np.prod((1 - x ** (2 * _FACTORS - 1)) / (1 + x ** (2 * _FACTORS))))


def potts_correlation_length(n_states: int) -> float:
    """Correlation length of the disordered phase at the critical temperature, along an axis.

    For q > 4, 1 / xi = 4 sum_{n >= 0} ln((1 + w_n) / (1 - w_n)) with
    1 / w_n = sqrt 2 cosh((n + 1/2) pi^2 / (2 v)) and
    v = ln((sqrt(sqrt q + 2) + sqrt(sqrt q - 2)) / 2) (Buddenoir and Wallon, J. Phys. A 26, 3045
    (1993); Borgs and Janke, J. Phys. I France 2, 2011 (1992)).

    Parameters
    ----------
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    float
        In lattice constants. It is inf for q <= 4.

    Raises
    ------
    TypeError, ValueError
        If `n_states` is not an integer from 2 to 2^53.

    Examples
    --------
    >>> print(f"{potts_correlation_length(10):.6f}")
    10.559519
    """
    n_states = _check_n_states(n_states)
    if n_states <= 4:
        return float("inf")
    root = np.sqrt(n_states)
    v = np.log((np.sqrt(root + 2) + np.sqrt(root - 2)) / 2)
    decay = np.exp(-(_FACTORS - 0.5) * np.pi**2 / (2 * v))
    w = np.sqrt(2) * decay / (1 + decay**2)
    return float(1 / (8 * np.sum(np.arctanh(w))))


@overload
def potts_dual_temperature(temperature: float, n_states: int) -> np.float64: ...


@overload
def potts_dual_temperature(temperature: NumberArray, n_states: int) -> NDArray[np.float64]: ...


def potts_dual_temperature(
    temperature: float | NumberArray, n_states: int
) -> np.float64 | NDArray[np.float64]:
    """Temperature T* that duality maps T to, (exp(1 / T) - 1) (exp(1 / T*) - 1) = q.

    The energies per site of the infinite lattice at the two temperatures obey p e + p* e* = -2,
    where p = 1 - exp(-1 / T) and p* = 1 - exp(-1 / T*) (Potts, Proc. Camb. Phil. Soc. 48, 106
    (1952)).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.
    n_states : int
        q, from 2 to 2^53.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of J / k_B. It is inf where T* exceeds 1e300, below about T = 1 / 690.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero, or if `n_states`
        is not an integer from 2 to 2^53.

    Examples
    --------
    >>> print(f"{potts_dual_temperature(0.8, 3):.6f}")
    1.264910
    """
    t, shape = flatten(temperature)
    n_states = _check_n_states(n_states)
    # Through logarithms: exp(1 / T) overflows below T = 0.0014.
    log_bond = 1 / t + np.log(-np.expm1(-1 / t))
    dual_coupling = np.logaddexp(0, np.log(n_states) - log_bond)
    is_infinite = dual_coupling < 1e-300
    return np.where(is_infinite, np.inf, 1 / np.where(is_infinite, 1, dual_coupling)).reshape(
        shape
    )[()]


def _check_n_states(n_states):
    return check_integer(n_states, "n_states", minimum=2, maximum=_LARGEST_N_STATES)


def _theta(n_states):
    return np.arccosh(np.sqrt(n_states) / 2)
