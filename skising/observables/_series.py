"""Statistics of series of measurements: Binder's cumulant and autocorrelation times."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from .._validation import check_positive, check_series

_FEWEST_TIMES = 50  # steps of all chains together, in autocorrelation times


def binder_cumulant(magnetization: ArrayLike, *, axis: int = -1) -> Any:
    """Binder's cumulant of the magnetization, U = 1 - <m^4> / (3 <m^2>^2).

    The moments are taken about 0, which is <m> without a field. In large lattices U tends to 2/3
    in the ordered phase and to 0 in the disordered phase. At the critical temperature U hardly
    depends on the size of the lattice, so that the curves of several sizes cross there [1]_.

    Parameters
    ----------
    magnetization : array-like of shape (..., n_samples, ...)
        Magnetization per site or per lattice (the factor cancels), with or without its sign.
    axis : int, default=-1
        The axis to average over.

    Returns
    -------
    cumulant : float64, or ndarray of float64 with the shape of the other axes
        At most 2/3.

    Raises
    ------
    TypeError
        If `magnetization` does not hold numbers.
    ValueError
        If `magnetization` is empty, holds NaN or inf, or is 0 throughout a series, where U is 0/0.

    References
    ----------
    .. [1] K. Binder, "Finite size scaling analysis of Ising model block distribution functions",
       Z. Phys. B 43, 119 (1981).

    Examples
    --------
    >>> from skising.observables import binder_cumulant
    >>> round(float(binder_cumulant([0.9, -0.9, 0.9])), 6)
    0.666667
    """
    squares = np.square(check_series(magnetization, "magnetization"))
    second = squares.mean(axis=axis)
    if not np.all(second > 0):
        raise ValueError(
            f"magnetization is 0 in every sample of a series (shape {squares.shape}, axis={axis}), "
            "where Binder's cumulant is 0/0. Leave such series out, or give more samples."
        )
    return 1 - np.square(squares).mean(axis=axis) / (3 * second**2)


class AutocorrelationTime(NamedTuple):
    """An integrated autocorrelation time and its standard error, both in steps of the series."""

    tau: float
    error: float


def integrated_autocorrelation_time(series: ArrayLike, *, window: float = 6) -> AutocorrelationTime:
    """Integrated autocorrelation time of a stationary series, tau = 1/2 + sum_t rho(t).

    The mean of n correlated measurements has the variance 2 tau var / n: n of them are worth
    n / (2 tau) independent ones. rho is the normalised autocovariance, about the mean of all
    chains, averaged over the chains. It is summed up to the first t >= `window` * tau [1]_. The
    standard error is tau sqrt(2 (2 W + 1) / n) for a sum that ends at t = W [2]_.

    Parameters
    ----------
    series : array-like of shape (n_steps,) or (n_chains, n_steps)
        One measurement for each step, in equilibrium. Chains are independent and of equal length.
    window : float, default=6
        Where the sum ends, in units of tau. A smaller window leaves out more of the tail of rho, a
        larger window adds noise.

    Returns
    -------
    tau, error : AutocorrelationTime
        A named tuple of two floats, in steps of the series. tau is 1/2 for independent steps.

    Raises
    ------
    TypeError
        If `series` does not hold numbers, or `window` is not a number.
    ValueError
        If `series` has another shape, has fewer than 2 steps, holds NaN or inf, or is constant,
        where rho is 0/0; if `window` is not above 0.

    Warns
    -----
    UserWarning
        If the chains are too short: all together shorter than 50 tau, or each shorter than
        `window` * tau. The tau that is returned is then likely to be too small.

    References
    ----------
    .. [1] A. D. Sokal, "Monte Carlo Methods in Statistical Mechanics: Foundations and New
       Algorithms", Cours de Troisieme Cycle de la Physique en Suisse Romande, Lausanne (1989).
    .. [2] N. Madras and A. D. Sokal, "The pivot algorithm", J. Stat. Phys. 50, 109
       (1988).

    Examples
    --------
    >>> import numpy as np
    >>> from skising.observables import integrated_autocorrelation_time
    >>> rng = np.random.default_rng(0)
    >>> x = np.zeros(20000)
    >>> for t in range(1, len(x)):  # tau = (1 + 0.8) / (1 - 0.8) / 2
    ...     x[t] = 0.8 * x[t - 1] + rng.normal()
    >>> tau, error = integrated_autocorrelation_time(x)
    >>> abs(tau - 4.5) < 3 * error
    True
    """
    window = check_positive(window, "window")
    series = _as_chains(check_series(series, "series"))
    tau, error, is_complete = windowed_time(series, window)
    if not is_complete or series.size < _FEWEST_TIMES * max(tau, 0.5):
        warnings.warn(
            f"series of shape {series.shape} is too short to measure its integrated "
            f"autocorrelation time. The estimate of {tau:.3g} steps is likely too small: it needs "
            f"{_FEWEST_TIMES} times as many steps in all chains together, and {window:g} times as "
            "many in each chain. Run longer chains.",
            stacklevel=2,
        )
    return AutocorrelationTime(tau, error)


def windowed_time(series, window):
    """Return tau, its standard error, and whether the sum reached the end of its window.

    The estimators are those of `integrated_autocorrelation_time`, for chains of shape
    (n_chains, n_steps) that are not constant.
    """
    sums = np.cumsum(_autocorrelation(series)) - 0.5
    # An alternating series can take the sum below 1/2, even below 0. The window must not end there.
    enough = np.arange(len(sums)) >= window * np.maximum(sums, 0.5)
    end = int(np.argmax(enough)) if enough.any() else len(sums) - 1
    tau = float(sums[end])
    error = abs(tau) * float(np.sqrt(2 * (2 * end + 1) / series.size))
    return tau, error, bool(enough.any())


def _as_chains(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a series as chains (n_chains, n_steps); raise ValueError if rho is undefined."""
    if series.ndim > 2 or series.shape[-1] < 2:
        raise ValueError(
            "series must have shape (n_steps,) or (n_chains, n_steps), with 2 steps or more; got "
            f"shape {series.shape}. Call the function once for each of several observables."
        )
    if np.ptp(series) == 0:
        raise ValueError(
            f"series is constant: all of its {series.size} values are {series.flat[0]:g}, so that "
            "its autocorrelation is 0/0. Leave out this series, or run longer chains."
        )
    return np.atleast_2d(series)


def _autocorrelation(series):
    """Return rho(t) of chains (n_chains, n_steps), for t = 0 to n_steps - 1."""
    n_steps = series.shape[1]
    deviations = series - series.mean()
    # Padding with zeros keeps the last steps from being correlated with the first ones.
    spectrum = fft.rfft(deviations, fft.next_fast_len(2 * n_steps, real=True))
    covariance = fft.irfft(np.mean(np.abs(spectrum) ** 2, axis=0))[:n_steps]
    covariance /= np.arange(n_steps, 0, -1)
    return covariance / covariance[0]
