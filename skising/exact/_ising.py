"""Exact results for the two-dimensional Ising model on the square lattice.

The Hamiltonian is H = -J sum_<ij> s_i s_j with J = k_B = 1. K = J / (k_B T) is the coupling.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .._numbers import as_array
from .._validation import check_integer, check_temperatures

TemperatureArray: TypeAlias = Sequence[Any] | NDArray[Any]

_MAX_SIZE = 1 << 24

CRITICAL_TEMPERATURE = float(2 / np.log1p(np.sqrt(2)))
"""The temperature at which sinh 2K = 1 (Kramers and Wannier 1941), in units of J / k_B."""


@overload
def onsager_energy(temperature: float) -> np.float64: ...


@overload
def onsager_energy(temperature: TemperatureArray) -> NDArray[np.float64]: ...


def onsager_energy(temperature: float | TemperatureArray) -> np.float64 | NDArray[np.float64]:
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
    tanh, sech = _tanh_sech(2 * _coupling(t))
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
def spontaneous_magnetization(temperature: TemperatureArray) -> NDArray[np.float64]: ...


def spontaneous_magnetization(
    temperature: float | TemperatureArray,
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
    tanh, sech = _tanh_sech(2 / t)
    csch = np.where(t < CRITICAL_TEMPERATURE, np.minimum(sech / tanh, 1), 1)
    return (((1 - csch) * (1 + csch) * (1 + csch**2)) ** 0.125).reshape(shape)[()]


@overload
def correlation_length(temperature: float) -> np.float64: ...


@overload
def correlation_length(temperature: TemperatureArray) -> NDArray[np.float64]: ...


def correlation_length(temperature: float | TemperatureArray) -> np.float64 | NDArray[np.float64]:
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


@overload
def kaufman_energy(temperature: float, lattice_size: int) -> np.float64: ...


@overload
def kaufman_energy(temperature: TemperatureArray, lattice_size: int) -> NDArray[np.float64]: ...


def kaufman_energy(
    temperature: float | TemperatureArray, lattice_size: int
) -> np.float64 | NDArray[np.float64]:
    """Energy per spin of the periodic L x L lattice.

    It follows from the partition function of Kaufman, Phys. Rev. 76, 1232 (1949), in the form of
    Ferdinand and Fisher, Phys. Rev. 185, 832 (1969).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.
    lattice_size : int
        L, from 2 to 2^24. For L = 2, two bonds join each pair of neighbours, and both count.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of J.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero, or if
        `lattice_size` is not an integer from 2 to 2^24.

    Examples
    --------
    >>> print(f"{kaufman_energy(CRITICAL_TEMPERATURE, 16):.10f}")
    -1.4530648528
    """
    t, shape = flatten(temperature)
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2, maximum=_MAX_SIZE)
    return -_log_partition_derivatives(_coupling(t), lattice_size)[0].reshape(shape)[()]


@overload
def kaufman_specific_heat(temperature: float, lattice_size: int) -> np.float64: ...


@overload
def kaufman_specific_heat(
    temperature: TemperatureArray, lattice_size: int
) -> NDArray[np.float64]: ...


def kaufman_specific_heat(
    temperature: float | TemperatureArray, lattice_size: int
) -> np.float64 | NDArray[np.float64]:
    """Specific heat per spin of the periodic L x L lattice, the derivative of `kaufman_energy`.

    It follows from the second derivative of Kaufman's partition function. The relative error grows
    as exp(4K) at low temperatures: it is 1e-10 at T = 0.3 and 1e-7 at T = 0.2.

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.
    lattice_size : int
        L, from 2 to 2^24. For L = 2, two bonds join each pair of neighbours, and both count.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of k_B.

    Raises
    ------
    TypeError, ValueError
        If `temperature` is empty or holds anything but finite numbers above zero, or if
        `lattice_size` is not an integer from 2 to 2^24.

    Examples
    --------
    >>> print(f"{kaufman_specific_heat(CRITICAL_TEMPERATURE, 16):.10f}")
    1.4987049594
    """
    t, shape = flatten(temperature)
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2, maximum=_MAX_SIZE)
    coupling = _coupling(t)
    variance = _log_partition_derivatives(coupling, lattice_size)[1]
    # Below T = 0.1 the variance is smaller than its rounding error, which is under 1e-28 and may
    # make it negative.
    return (coupling**2 * np.maximum(variance, 0)).reshape(shape)[()]


def flatten(temperature):
    """Return checked temperatures of shape (n,), and the shape in which they came."""
    array = as_array(temperature, "temperature")
    # 1 / T overflows below 1e-300. All results reach their limits at much higher temperatures.
    return np.maximum(check_temperatures(array.ravel(), "temperature"), 1e-300), array.shape


def _coupling(t):
    # The bounds keep the squares of sinh 2K and of 1 / sinh 2K finite, and change no result: at
    # K = 300 the energy is -2 to the last bit, and at K = 1e-100 its magnitude is below 1e-99.
    return np.clip(1 / t, 1e-100, 300)


def _tanh_sech(x):
    decay = np.exp(-x)
    return np.tanh(x), 2 * decay / (1 + decay**2)


# The partition function is Z = (2 sinh 2K)^(L^2 / 2) (Z_1 + Z_2 + Z_3 + Z_4) / 2, where
#
#     Z_1 = prod 2 cosh(L gamma_(2r+1) / 2),    Z_2 = prod 2 sinh(L gamma_(2r+1) / 2),
#     Z_3 = prod 2 cosh(L gamma_(2r) / 2),      Z_4 = prod 2 sinh(L gamma_(2r) / 2),
#
# the products run over r = 0, ..., L - 1, and cosh gamma_k = cosh 2K coth 2K - cos(pi k / L).
# In the functions below, a *triple* is (f, f', f''): a function of K and its two derivatives.


def _log_partition_derivatives(coupling, size):
    """Return the first and the second derivative of ln Z / L^2 with respect to K.

    They are taken of the form ln Z = (L^2 / 2) ln(2 sinh 2K) - ln 2 + ln Z_1
    + ln(1 + Z_2/Z_1 + Z_3/Z_1 (1 + Z_4/Z_3)), with ln Z_1 the sum of L gamma / 2 and of
    `_log_cosh_tail`.
    """
    K = coupling[:, np.newaxis]
    tanh, sech = _tanh_sech(coupling * 2)
    r = np.arange(size)
    gamma_odd, slope_odd, curvature_odd = _modes(K, np.pi * (2 * r + 1) / size)
    gamma_even, slope_even, curvature_even = _modes(K, np.pi * 2 * r[1:] / size)
    gamma_zero, slope_zero, curvature_zero = _zero_mode(K)
    tails = [_log_cosh_tail(size, gamma) for gamma in (gamma_zero, gamma_even, gamma_odd)]
    tail = [zero + even - odd for zero, even, odd in zip(*tails, strict=True)]

    z2_z1 = _tanh_product(size, gamma_odd)
    difference = _difference(np.hstack([np.abs(gamma_zero[0]), gamma_even[0]]), gamma_odd[0])
    z3_z1 = _exp(
        size / 2 * difference + tail[0],
        size * (slope_zero + slope_even - slope_odd) + tail[1],
        size * (curvature_zero + curvature_even - curvature_odd) + tail[2],
    )
    # Z_4 has the sign of gamma_0, so it has no logarithm below zero: its zero mode is a factor.
    z4_z3 = _product(_tanh(*(size * g[:, 0] for g in gamma_zero)), _tanh_product(size, gamma_even))
    z34_z1 = _product(z3_z1, [1 + z4_z3[0], *z4_z3[1:]])

    total = 1 + z2_z1[0] + z34_z1[0]
    first = (z2_z1[1] + z34_z1[1]) / total
    second = (z2_z1[2] + z34_z1[2]) / total - first**2
    return (
        2 * tanh + slope_odd / size + (tails[2][1] + first) / size**2,
        4 * sech**2 + curvature_odd / size + (tails[2][2] + second) / size**2,
    )


def _modes(K, theta):
    """Return gamma as a triple, and the sums over the modes of gamma' / 2 and gamma'' / 2.

    cosh gamma = x - cos theta with x = cosh 2K coth 2K, so that gamma' / 2 is
    c (1 + cos(theta) / x + ...) with c = (1 - 2 sech^2 2K) coth 2K. The sums leave out two terms:

    - c, which `_log_partition_derivatives` adds to the derivative of the prefactor of Z:
      coth 2K + c = 2 tanh 2K. At high T, coth 2K and c would cancel each other.
    - c cos(theta) / x, which is 0 in the sum over all modes. At low T, its rounding errors would
      exceed the exponentially small rest.
    """
    tanh, sech = _tanh_sech(2 * K)
    t, u = 1 - 2 * sech**2, tanh * sech
    cos, sin2 = np.cos(theta), np.sin(theta) ** 2
    half = np.hypot(np.sinh(K + np.log(np.tanh(K)) / 2), np.sin(theta / 2))  # sinh(gamma / 2)
    s = 2 * u * half * np.sqrt(1 + half**2)  # sinh gamma / x, where u = 1 / x
    v, w = 2 * cos + u * sin2, cos + u * sin2

    slope = sin2 / 2 + (v / (1 + s)) ** 2 * (s + 2) / (2 * s)
    curvature = sin2 + v * w * (1 + s + s**2) / (s**3 * (1 + s))
    slope, curvature = slope.sum(1, keepdims=True), curvature.sum(1, keepdims=True)
    curvature = sech**4 * (8 * tanh**2 - 2 * t) * slope - 2 * (t * sech) ** 2 * curvature
    slope = t * tanh * sech**2 * slope

    csch = sech / tanh
    second = 2 * (8 * sech**2 - 2 * t * csch**2) / s - 4 * t**2 * csch * w / s**3
    return (2 * np.arcsinh(half), 2 * t / tanh / s, second), slope[:, 0], curvature[:, 0]


def _zero_mode(K):
    """Return the results of `_modes` for theta = 0, where gamma_0 = 2K + ln tanh K has a sign."""
    tanh, sech = _tanh_sech(2 * K)
    t, u, csch = 1 - 2 * sech**2, tanh * sech, sech / tanh
    slope = 1 + csch - t / tanh * (1 + u)
    curvature = -2 * csch * (np.exp(-2 * K) * csch + 4 * u**2)
    curvature -= (8 * sech**2 - 2 * t * csch**2) * (1 + u)
    gamma = (2 * K + np.log(np.tanh(K)), 2 + 2 * csch, -4 * csch / tanh)
    return gamma, slope[:, 0], curvature[:, 0]


def _difference(even, odd):
    """Return the sum of gamma over the even modes minus that over the odd ones.

    Both arrays have the shape (n, L). Pairs of neighbours, which may be nearly equal, are
    subtracted by an identity that keeps all digits: sinh((a - b) / 2) equals
    (cosh a - cosh b) / (2 sinh((a + b) / 2)), and here cosh a - cosh b is a difference of cosines.
    """
    size = even.shape[1]
    theta = np.pi * (2 * np.arange(size) + 0.5) / size
    gap = np.sin(theta) * np.sin(np.pi / (2 * size)) / np.sinh((even + odd) / 2)
    return -2 * np.arcsinh(gap).sum(1)


def _log_cosh_tail(size, gamma):
    """Return the sum over the modes of ln(2 cosh(L gamma / 2)) - L gamma / 2 as a triple.

    The value is that for |gamma|; the derivatives are those for gamma with its sign.
    """
    z, dz, ddz = (size * g for g in gamma)
    n = special.expit(-z)
    value = np.log1p(np.exp(-np.abs(z)))
    return [a.sum(1) for a in (value, -n * dz, n * special.expit(z) * dz**2 - n * ddz)]


def _tanh(z, dz, ddz):
    """Return tanh(z / 2) as a triple, z being one."""
    value, slope = np.tanh(z / 2), 2 * special.expit(z) * special.expit(-z)
    return value, slope * dz, slope * (ddz - value * dz**2)


def _tanh_product(size, gamma):
    """Return the product of tanh(L gamma / 2) over the modes as a triple."""
    value, first, second = _tanh(*(size * g for g in gamma))
    first = first / value
    return _exp(*(a.sum(1) for a in (np.log(value), first, second / value - first**2)))


def _exp(f, first, second):
    """Return exp f as a triple."""
    value = np.exp(f)
    return value, value * first, value * (second + first**2)


def _product(f, g):
    """Return the product of two triples as a triple."""
    return f[0] * g[0], f[1] * g[0] + f[0] * g[1], f[2] * g[0] + 2 * f[1] * g[1] + f[0] * g[2]
