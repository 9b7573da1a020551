"""Exact results for the two-dimensional Ising model on the square lattice.

The Hamiltonian is H = -J sum_<ij> s_i s_j with J = k_B = 1. K = J / (k_B T) is the coupling.
"""

import numpy as np
from scipy import special

from ._validation import check_integer, check_temperatures

__all__ = [
    "CRITICAL_TEMPERATURE",
    "correlation_length",
    "kaufman_energy",
    "kaufman_specific_heat",
    "onsager_energy",
    "spontaneous_magnetization",
]


def __dir__():
    return __all__


CRITICAL_TEMPERATURE = float(2 / np.log1p(np.sqrt(2)))
"""Where sinh 2K = 1 (Kramers and Wannier 1941), in units of J / k_B."""


def onsager_energy(temperature):
    """Energy per spin of the infinite lattice.

    -e = coth 2K [1 + (2 / pi) (2 tanh^2 2K - 1) K_1], with K_1 the complete elliptic integral of
    the first kind of complementary modulus 2 tanh^2 2K - 1 (Onsager, Phys. Rev. 65, 117 (1944)).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of J; -sqrt(2) at the critical temperature.

    Raises
    ------
    TypeError, ValueError
        If there is no temperature, or one is not a finite number above zero.

    Examples
    --------
    >>> print(f"{onsager_energy(CRITICAL_TEMPERATURE):.8f}")
    -1.41421356
    """
    t, shape = _flatten(temperature)
    tanh, sech = _tanh_sech(2 * _coupling(t))
    modulus = 1 - 2 * sech**2
    # The floor makes the 0 * inf at the critical temperature 0, which is its limit.
    excess = 2 / np.pi * special.ellipkm1(np.maximum(modulus**2, np.finfo(float).tiny)) - 1
    # The subtraction leaves too few digits at high T, where coth 2K is large. With k = sinh^2 2K,
    # Landen's transformation gives (1 + k) (1 + k^2 / 4 + 9 k^4 / 64 + ...).
    k = (np.minimum(tanh, sech) / np.maximum(tanh, sech)) ** 2
    excess = np.where(k < 1e-3, k * (1 + k / 4 * (1 + k + 9 / 16 * k**2)), excess)
    return (-2 * tanh - modulus / tanh * excess).reshape(shape)[()]


def spontaneous_magnetization(temperature):
    """Spontaneous magnetization per spin of the infinite lattice.

    (1 - sinh^-4 2K)^(1/8) below the critical temperature (Yang, Phys. Rev. 85, 808 (1952)); zero at
    and above it.

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
        If there is no temperature, or one is not a finite number above zero.

    Examples
    --------
    >>> print(f"{spontaneous_magnetization(2.0):.8f}")
    0.91131938
    """
    t, shape = _flatten(temperature)
    tanh, sech = _tanh_sech(2 / t)
    csch = np.where(t < CRITICAL_TEMPERATURE, np.minimum(sech / tanh, 1), 1)
    return (((1 - csch) * (1 + csch) * (1 + csch**2)) ** 0.125).reshape(shape)[()]


def correlation_length(temperature):
    """Correlation length of the infinite lattice along an axis, in lattice constants.

    With gamma_0 = 2K + ln tanh K (Onsager, Phys. Rev. 65, 117 (1944)) it is -1 / gamma_0 above the
    critical temperature and 1 / (2 gamma_0) below it, where it is that of the connected correlation
    function (McCoy and Wu, The Two-Dimensional Ising Model, 1973).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        inf at the critical temperature.

    Raises
    ------
    TypeError, ValueError
        If there is no temperature, or one is not a finite number above zero.

    Examples
    --------
    >>> print(f"{correlation_length(2.5):.8f}")
    5.96237698
    """
    t, shape = _flatten(temperature)
    gamma = 2 / t + np.log(np.tanh(1 / t))
    inverse = np.where(t < CRITICAL_TEMPERATURE, 2 * gamma, -gamma)
    # Rounding leaves gamma_0 about 1e-16, of either sign, where it is zero.
    is_critical = (t == CRITICAL_TEMPERATURE) | (inverse <= 0)
    return np.where(is_critical, np.inf, 1 / np.where(is_critical, 1, inverse)).reshape(shape)[()]


def kaufman_energy(temperature, lattice_size):
    """Energy per spin of the periodic L x L lattice.

    From the partition function of Kaufman, Phys. Rev. 76, 1232 (1949), as written by Ferdinand and
    Fisher, Phys. Rev. 185, 832 (1969).

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.
    lattice_size : int
        L, at least 2. Both bonds between the two neighbours of a row count where L = 2.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of J.

    Raises
    ------
    TypeError, ValueError
        If there is no temperature, or one is not a finite number above zero; if the size is not an
        integer of at least 2.

    Examples
    --------
    >>> print(f"{kaufman_energy(CRITICAL_TEMPERATURE, 16):.10f}")
    -1.4530648528
    """
    t, shape = _flatten(temperature)
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2)
    return -_log_partition_derivatives(_coupling(t), lattice_size)[0].reshape(shape)[()]


def kaufman_specific_heat(temperature, lattice_size):
    """Specific heat per spin of the periodic L x L lattice, the derivative of `kaufman_energy`.

    From the second derivative of Kaufman's partition function. The relative error grows as
    exp(4K) at low temperatures: 1e-10 at T = 0.3, 1e-7 at T = 0.2.

    Parameters
    ----------
    temperature : float or array-like of any shape
        In units of J / k_B.
    lattice_size : int
        L, at least 2. Both bonds between the two neighbours of a row count where L = 2.

    Returns
    -------
    float or ndarray of the shape of `temperature`
        In units of k_B.

    Raises
    ------
    TypeError, ValueError
        If there is no temperature, or one is not a finite number above zero; if the size is not an
        integer of at least 2.

    Examples
    --------
    >>> print(f"{kaufman_specific_heat(CRITICAL_TEMPERATURE, 16):.10f}")
    1.4987049594
    """
    t, shape = _flatten(temperature)
    lattice_size = check_integer(lattice_size, "lattice_size", minimum=2)
    coupling = _coupling(t)
    variance = _log_partition_derivatives(coupling, lattice_size)[1]
    # Below T = 0.1 the rounding error, under 1e-28, is the larger part and has either sign.
    return (coupling**2 * np.maximum(variance, 0)).reshape(shape)[()]


def _flatten(temperature):
    array = np.asarray(temperature)
    # 1 / T overflows below the floor, where every result has long reached its limit.
    return np.maximum(check_temperatures(array.ravel(), "temperature"), 1e-300), array.shape


def _coupling(t):
    # Keeps squares of sinh 2K and of its inverse finite. Nothing is lost: at the low end of T the
    # energy is -2 to the last bit, at the high end it is below 1e-99.
    return np.clip(1 / t, 1e-100, 300)


def _tanh_sech(x):
    decay = np.exp(-x)
    return np.tanh(x), 2 * decay / (1 + decay**2)


def _log_partition_derivatives(coupling, size):
    """Return the first and the second derivative of ln Z / L^2 by K.

    ln Z = (L^2 / 2) ln(2 sinh 2K) - ln 2 + ln Z_1 + ln(1 + Z_2/Z_1 + Z_3/Z_1 (1 + Z_4/Z_3)). In
    what follows a triple is a function of K with its first two derivatives.
    """
    K = coupling[:, np.newaxis]
    tanh, sech = _tanh_sech(coupling * 2)
    r = np.arange(size)
    odd, rate_odd, slope_odd = _modes(K, np.pi * (2 * r + 1) / size)
    even, rate_even, slope_even = _modes(K, np.pi * 2 * r[1:] / size)
    zero, rate_zero, slope_zero = _zero_mode(K)
    tails = [_log_cosh_tail(size, gamma) for gamma in (zero, even, odd)]
    tail = [of_zero + of_even - of_odd for of_zero, of_even, of_odd in zip(*tails, strict=True)]

    z2 = _tanh_product(size, odd)
    difference = _difference(np.hstack([np.abs(zero[0]), even[0]]), odd[0])
    z3 = _exp(
        size / 2 * difference + tail[0],
        size * (rate_zero + rate_even - rate_odd) + tail[1],
        size * (slope_zero + slope_even - slope_odd) + tail[2],
    )
    # Z_4 changes sign with gamma_0, so its logarithm will not do.
    z4 = _product(_tanh(*(size * g[:, 0] for g in zero)), _tanh_product(size, even))
    z34 = _product(z3, [1 + z4[0], *z4[1:]])

    total = 1 + z2[0] + z34[0]
    first = (z2[1] + z34[1]) / total
    second = (z2[2] + z34[2]) / total - first**2
    return (
        2 * tanh + rate_odd / size + (tails[2][1] + first) / size**2,
        4 * sech**2 + slope_odd / size + (tails[2][2] + second) / size**2,
    )


def _modes(K, theta):
    """Return gamma as a triple, and the sums over the modes of gamma' / 2 and gamma'' / 2.

    cosh gamma = x - cos theta with x = cosh 2K coth 2K. The sums are without two parts: those of
    (1 - 2 sech^2 2K) coth 2K, which the prefactor of Z cancels at high T, and those linear in
    cos theta, which cancel each other but hide the exponentially small rest at low T.
    """
    tanh, sech = _tanh_sech(2 * K)
    t, u = 1 - 2 * sech**2, tanh * sech
    cos, sin2 = np.cos(theta), np.sin(theta) ** 2
    half = np.hypot(np.sinh(K + np.log(np.tanh(K)) / 2), np.sin(theta / 2))
    s = 2 * u * half * np.sqrt(1 + half**2)  # sinh gamma / x, where u = 1 / x
    v, w = 2 * cos + u * sin2, cos + u * sin2

    rate = sin2 / 2 + (v / (1 + s)) ** 2 * (s + 2) / (2 * s)
    slope = sin2 + v * w * (1 + s + s**2) / (s**3 * (1 + s))
    rate, slope = rate.sum(1, keepdims=True), slope.sum(1, keepdims=True)
    slope = sech**4 * (8 * tanh**2 - 2 * t) * rate - 2 * (t * sech) ** 2 * slope
    rate = t * tanh * sech**2 * rate

    csch = sech / tanh
    second = 2 * (8 * sech**2 - 2 * t * csch**2) / s - 4 * t**2 * csch * w / s**3
    return (2 * np.arcsinh(half), 2 * t / tanh / s, second), rate[:, 0], slope[:, 0]


def _zero_mode(K):
    """Do as `_modes` for theta = 0, where gamma_0 = 2K + ln tanh K has a sign."""
    tanh, sech = _tanh_sech(2 * K)
    t, u, csch = 1 - 2 * sech**2, tanh * sech, sech / tanh
    rate = 1 + csch - t / tanh * (1 + u)
    slope = -2 * csch * (np.exp(-2 * K) * csch + 4 * u**2)
    slope -= (8 * sech**2 - 2 * t * csch**2) * (1 + u)
    gamma = (2 * K + np.log(np.tanh(K)), 2 + 2 * csch, -4 * csch / tanh)
    return gamma, rate[:, 0], slope[:, 0]


def _difference(even, odd):
    """Return sum(even - odd) of gamma, with no digits lost where neighbours are nearly equal."""
    size = even.shape[1]
    theta = np.pi * (2 * np.arange(size) + 0.5) / size
    gap = np.sin(theta) * np.sin(np.pi / (2 * size)) / np.sinh((even + odd) / 2)
    return -2 * np.arcsinh(gap).sum(1)


def _log_cosh_tail(size, gamma):
    """Return sum(ln 2 cosh(L gamma / 2) - L gamma / 2); its value for |gamma|."""
    z, dz, ddz = (size * g for g in gamma)
    n = special.expit(-z)
    value = np.log1p(np.exp(-np.abs(z)))
    return [a.sum(1) for a in (value, -n * dz, n * special.expit(z) * dz**2 - n * ddz)]


def _tanh(z, dz, ddz):
    value, slope = np.tanh(z / 2), 2 * special.expit(z) * special.expit(-z)
    return value, slope * dz, slope * (ddz - value * dz**2)


def _tanh_product(size, gamma):
    value, first, second = _tanh(*(size * g for g in gamma))
    first = first / value
    return _exp(*(a.sum(1) for a in (np.log(value), first, second / value - first**2)))


def _exp(f, first, second):
    value = np.exp(f)
    return value, value * first, value * (second + first**2)


def _product(f, g):
    return f[0] * g[0], f[1] * g[0] + f[0] * g[1], f[2] * g[0] + 2 * f[1] * g[1] + f[0] * g[2]
