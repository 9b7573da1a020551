"""Exact results for the Ising model on the infinite square lattice.

The Hamiltonian is H = -J sum_<ij> s_i s_j with J = k_B = 1. K = J / (k_B T) is the coupling.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .._numbers import as_array
from .._validation import check_temperatures

NumberArray: TypeAlias = Sequence[Any] | NDArray[Any]

CRITICAL_TEMPERATURE = float(2 / np.log1p(np.sqrt(2)))
"""The temperature at which sinh 2K = 1 (Kramers and Wannier 1941), in units of J / k_B."""


@overload
def onsager_energy(temperature: float) -> np.float64: ...


@overload
def onsager_energy(temperature: NumberArray) -> NDArray[np.float64]: ...


def onsager_energy(temperature: float | NumberArray) -> np.float64 | NDArray[np.float64]:
    """Energy per spin of the infinite lattice.

    -e = coth 2K [1 + (2 / pi) (2 tanh^2 2K - 1) K_1]. K_1 is the complete elliptic integral of the
    first kind whose complementary modulus is 2 tanh^2 2K - 1 (Onsager, Phys. Rev. 65, 117 (1944)).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of J. It is -sqrt(2) at the critical temperature.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero.

    Examples
    --------
    >>> print(f"{onsager_energy(CRITICAL_TEMPERATURE):.8f}")
    -1.41421356
    """
    t, shape = flatten(temperature)
    tanh, sech = tanh_sech(2 * bounded_coupling(t))
    modulus = 1 - 2 * sech**2
    # At the critical temperature modulus * K_1 is 0 * inf, with the limit 0. The floor keeps K_1
    # finite there.
    excess = 2 / np.pi * special.ellipkm1(np.maximum(modulus**2, np.finfo(float).tiny)) - 1
    # At high T the subtraction of 1 loses digits, and coth 2K magnifies the error. Landen's
    # transformation gives 2 K_1 / pi = (1 + k) (1 + k^2 / 4 + 9 k^4 / 64 + ...), where k is the
    # smaller one of sinh^2 2K and its inverse.
    k = (np.minimum(tanh, sech) / np.maximum(tanh, sech)) ** 2
    excess = np.where(k < 1e-3, k * (1 + k / 4 * (1 + k + 9 / 16 * k**2)), excess)
    return (-2 * tanh - modulus / tanh * excess).reshape(shape)[()]


@overload
def spontaneous_magnetization(temperature: float) -> np.float64: ...


@overload
def spontaneous_magnetization(temperature: NumberArray) -> NDArray[np.float64]: ...


def spontaneous_magnetization(
    temperature: float | NumberArray,
) -> np.float64 | NDArray[np.float64]:
    """Spontaneous magnetization per spin of the infinite lattice.

    It is (1 - sinh^-4 2K)^(1/8) below the critical temperature (Yang, Phys. Rev. 85, 808 (1952)),
    and zero at and above it.

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        From 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero.

    Examples
    --------
    >>> print(f"{spontaneous_magnetization(2.0):.8f}")
    0.91131938
    """
    t, shape = flatten(temperature)
    tanh, sech = tanh_sech(2 / t)
    csch = np.where(t < CRITICAL_TEMPERATURE, np.minimum(sech / tanh, 1), 1)
    return (((1 - csch) * (1 + csch) * (1 + csch**2)) ** 0.125).reshape(shape)[()]


@overload
def correlation_length(temperature: float) -> np.float64: ...


@overload
def correlation_length(temperature: NumberArray) -> NDArray[np.float64]: ...


def correlation_length(temperature: float | NumberArray) -> np.float64 | NDArray[np.float64]:
    """Correlation length of the infinite lattice along an axis, in lattice constants.

    With gamma_0 = 2K + ln tanh K (Onsager, Phys. Rev. 65, 117 (1944)) it is -1 / gamma_0 above the
    critical temperature. Below, it is 1 / (2 gamma_0), the decay length of the connected
    correlation function (McCoy and Wu, The Two-Dimensional Ising Model, 1973).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        It is inf at the critical temperature.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero.

    Examples
    --------
    >>> print(f"{correlation_length(2.5):.8f}")
    5.96237698
    """
    t, shape = flatten(temperature)
    gamma = 2 / t + np.log(np.tanh(1 / t))
    inverse = np.where(t < CRITICAL_TEMPERATURE, 2 * gamma, -gamma)
    # Next to the critical temperature, rounding errors of about 1e-16 can change gamma_0's sign.
    is_critical = (t == CRITICAL_TEMPERATURE) | (inverse <= 0)
    return np.where(is_critical, np.inf, 1 / np.where(is_critical, 1, inverse)).reshape(shape)[()]


def flatten(temperature):
    """Return checked temperatures of shape (n,), and the shape in which they came."""
    array = as_array(temperature, "temperature")
    # 1 / T overflows below 1e-300. All results reach their limits at much higher temperatures.
    return np.maximum(check_temperatures(array.ravel(), "temperature"), 1e-300), array.shape


def bounded_coupling(t):
    """Return K = 1 / T within bounds."""
    # The bounds keep the squares of sinh 2K and of 1 / sinh 2K finite, and change no result: at
    # K = 300 the energy is -2 to the last bit, and at K = 1e-100 its magnitude is below 1e-99.
    return np.clip(1 / t, 1e-100, 300)


def tanh_sech(x):
    """Return tanh x and 1 / cosh x, x >= 0, without overflow."""
    decay = np.exp(-x)
    return np.tanh(x), 2 * decay / (1 + decay**2)
