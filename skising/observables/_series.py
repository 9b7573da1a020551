"""Statistics of series of measurements: Binder's cumulant and autocorrelation times."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from .._validation import check_integer, check_positive, check_series

_FEWEST_TIMES = 50  # steps of all chains together, in autocorrelation times

# Above this alternating sum, 1/2 for independent steps, a series alternates. Below it, what the
# window of a series without memory leaves out is less than 1 % of tau.
_ALTERNATING = 0.75

# Rows that are chains correlate this many standard errors above 0 with a probability below 1e-6.
_SIGNIFICANCE = 5


def binder_cumulant(magnetization: ArrayLike, *, axis: int = -1) -> Any:
    """Binder's cumulant of the magnetization, U = 1 - <m^4> / (3 <m^2>^2).

    The moments are taken about 0, which is <m> without a field. In large lattices U tends to 2/3
    in the ordered phase and to 0 in the disordered phase. At the critical temperature U hardly
    depends on the size of the lattice, so that the curves of several sizes cross there [1]_. From n
    samples U is at least 1 - n / 3, whatever the phase; from n independent samples of the
    disordered phase it is too large by 2 / (n + 2).

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

    Warns
    -----
    UserWarning
        If there are fewer than three samples, whose U is above 1/3 in any phase.

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
    series = check_series(magnetization, "magnetization")
    axis = check_integer(axis, "axis", minimum=-series.ndim, maximum=series.ndim - 1)
    squares = np.square(_rescale(series, axis))
    second = squares.mean(axis=axis)
    if not np.all(second > 0):
        raise ValueError(
            f"magnetization is 0 in every sample of a series (shape {squares.shape}, axis={axis}), "
            "where Binder's cumulant is 0/0. Leave such series out, or give more samples."
        )
    n_samples = squares.shape[axis]
    if n_samples < 3:
        warnings.warn(
            f"magnetization has {n_samples} sample(s) to average over (shape "
            f"{squares.shape}, axis={axis}). Their Binder cumulant is above 1/3 in any "
            "phase. Give more samples.",
            stacklevel=2,
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

    tau is below 1/2 if successive steps are anticorrelated. rho then alternates in sign. It is
    summed up to `window` times the sum of its absolute values, 1/2 + sum_t (-1)^t rho(t), and the
    last term counts half: without that, its noise would be that of tau.

    Parameters
    ----------
    series : array-like of shape (n_steps,) or (n_chains, n_steps)
        One measurement for each step, in equilibrium. Chains are independent and of equal length.
        Rows are chains, whatever the shape.
    window : float, default=6
        Where the sum ends, in units of tau. A smaller window leaves out more of the tail of rho, a
        larger window adds noise.

    Returns
    -------
    tau, error : AutocorrelationTime
        A named tuple of two floats, in steps of the series. tau is 1/2 for independent steps. Both
        are NaN, with a warning, if the sum is not above 0.

    Raises
    ------
    TypeError
        If `series` does not hold numbers, or `window` is not a number.
    ValueError
        If `series` has another shape, has fewer than 2 steps, holds NaN or inf, or is constant,
        where rho is 0/0; if `window` is not above 0; if each row correlates with the next by 5
        standard errors, and more than each step with the next: the rows are then steps, or chains
        that are not independent.

    Warns
    -----
    UserWarning
        If the chains are too short: all together shorter than 50 tau, or each shorter than
        `window` * tau. The tau that is returned is then likely to be too small. For anticorrelated
        steps this holds with the sum of the absolute values of rho in place of tau.

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
    tau, error, memory, is_complete = windowed_time(series, window)
    if np.isnan(tau) or not is_complete or series.size < _FEWEST_TIMES * memory:
        estimate = "NaN, since the sum is not above 0" if np.isnan(tau) else f"{tau:.3g} steps"
        warnings.warn(
            f"series of shape {series.shape} is too short to measure its integrated "
            f"autocorrelation time. The estimate is {estimate}, and likely too small: it needs "
            f"{_FEWEST_TIMES} times as many steps as the memory of the series, {memory:.3g} steps, "
            f"in all chains together, and {window:g} times as many in each chain. Run longer "
            "chains.",
            stacklevel=2,
        )
    return AutocorrelationTime(tau, error)


def windowed_time(series, window):
    """Return tau, its standard error, and two numbers that tell whether to trust them.

    The estimators are those of `integrated_autocorrelation_time`, for chains of shape
    (n_chains, n_steps) that are not constant.

    Returns
    -------
    tau, error : float
        NaN if the sum is not above 0.
    memory : float
        The steps, at least 1/2, of which `window` times as many are summed.
    is_complete : bool
        Whether the chains are that long.
    """
    rho = _autocorrelation(series)
    steps = np.arange(len(rho))
    sums = np.cumsum(rho) - 0.5
    alternating = np.cumsum(np.where(steps % 2, -rho, rho)) - 0.5
    alternating[alternating < _ALTERNATING] = 0.5
    memory = np.maximum(np.maximum(sums, 0.5), alternating)
    enough = steps >= window * memory
    end = int(np.argmax(enough)) if enough.any() else len(sums) - 1
    tau = float(sums[end])
    if alternating[end] > max(tau, 0.5):
        tau -= float(rho[end]) / 2
    error = tau * float(np.sqrt(2 * (2 * end + 1) / series.size))
    if tau <= 0:
        tau = error = np.nan
    return tau, error, float(memory[end]), bool(enough.any())


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
    series = _rescale(np.atleast_2d(series), None)
    _check_rows_are_chains(series)
    return series


def _rescale(series, axis):
    """Divide each series along an axis by a power of 2, so that its squares stay finite."""
    exponent = np.frexp(np.max(np.abs(series), axis=axis, keepdims=True))[1]
    return np.ldexp(series, -exponent)


def _check_rows_are_chains(series):
    """Raise ValueError if each row correlates with the next one, and more than steps do."""
    deviations = series - series.mean()
    products = np.sum(deviations[1:] * deviations[:-1], axis=1)
    # For independent rows of any distribution the products are uncorrelated, with a mean of 0.
    if abs(products.sum()) <= _SIGNIFICANCE * np.sqrt(np.sum(products**2)):
        return
    between_rows = products.mean() / np.mean(np.sum(deviations**2, axis=1))
    between_steps = np.mean(deviations[:, 1:] * deviations[:, :-1]) / np.mean(deviations**2)
    if abs(between_rows) > abs(between_steps):
        raise ValueError(
            "series must have shape (n_chains, n_steps), with independent chains in its rows; got "
            f"shape {series.shape}, whose neighbouring rows have a correlation of "
            f"{between_rows:.2f}, and neighbouring columns one of {between_steps:.2f}. Pass "
            "series.T if its rows are steps; otherwise its chains are not independent."
        )


def _autocorrelation(series):
    """Return rho(t) of chains (n_chains, n_steps), for t = 0 to n_steps - 1."""
    n_steps = series.shape[1]
    deviations = series - series.mean()
    # Padding with zeros keeps the last steps from being correlated with the first ones.
    n_padded = fft.next_fast_len(2 * n_steps, real=True)
    power = np.mean(np.abs(fft.rfft(deviations, n_padded)) ** 2, axis=0)
    # Without its length, irfft takes an odd number of steps for an even one.
    covariance = fft.irfft(power, n_padded)[:n_steps]
    covariance /= np.arange(n_steps, 0, -1)
    return covariance / covariance[0]
