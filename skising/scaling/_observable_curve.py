"""Observables against temperature, for lattices or series of several sizes."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._typing import LatticesLike, RandomState
from .._validation import check_integer, check_random_state
from ._samples import check_samples

BySize: TypeAlias = LatticesLike | Sequence[LatticesLike] | Mapping[int, LatticesLike]


@overload
def observable_curve(
    observable: str | Callable[[NDArray[Any]], Any],
    X: BySize,
    temperature: ArrayLike | Mapping[int, ArrayLike],
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | Mapping[int, ArrayLike] | None = None,
    n_resamples: None = None,
    random_state: RandomState = None,
) -> pd.DataFrame: ...


@overload
def observable_curve(
    observable: str | Callable[[NDArray[Any]], Any],
    X: BySize,
    temperature: ArrayLike | Mapping[int, ArrayLike],
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | Mapping[int, ArrayLike] | None = None,
    n_resamples: int,
    random_state: RandomState = None,
) -> tuple[pd.DataFrame, NDArray[np.float64]]: ...


def observable_curve(
    observable: str | Callable[[NDArray[Any]], Any],
    X: BySize,
    temperature: ArrayLike | Mapping[int, ArrayLike],
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | Mapping[int, ArrayLike] | None = None,
    n_resamples: int | None = None,
    random_state: RandomState = None,
) -> pd.DataFrame | tuple[pd.DataFrame, NDArray[np.float64]]:
    r"""Measure an observable at each temperature, for one or more sizes, with its error.

    Parameters
    ----------
    observable : str or callable
        A name of the table in Notes, or a function. The function gets the lattices, or the part of
        the series, of one temperature. It returns one number for each of them, whose mean is taken,
        or a single number for all of them, such as a ratio of moments.
    X : array-like, or dict or list of them
        Lattices (n_samples, L, L), in any form that the estimators predict; or a series of the
        energy or of the magnetization per site (n_samples,) that the observable needs. For several
        sizes give a dict by size, ``{16: X16, 32: X32}``, or for lattices a list. A series needs a
        dict even for one size. A function also takes series of k columns, (n_samples, k).
    temperature : array-like of shape (n_samples,), or dict or list of them
        The temperature of each lattice, in units of J / k_B; a dict or a list if `X` is one.
        Temperatures that differ by less than one part in 10^12 are taken to be equal. Each
        temperature of a size needs two or more lattices.
    bins : int or array-like of shape (n_bins + 1,), default=None
        For lattices whose temperatures are all different, as for `accuracy_curve`.
    groups : array-like of shape (n_samples,), or dict or list of them, default=None
        Labels, such as ``make_ising(...).chain``. The errors assume that lattices of different
        groups are independent, and those of one group at one temperature may be correlated. None
        assumes that all lattices are independent; see Notes for a single long chain.
    n_resamples : int, default=None
        If given, also return the observable of this many bootstrap samples of the lattices, for
        ``crossing(..., resamples)`` and ``DataCollapse.fit(..., resamples=resamples)``.
    random_state : int, RandomState instance or None, default=None
        Draws the bootstrap samples.

    Returns
    -------
    curve : DataFrame
        One row for each size and temperature: sizes as they were given, temperatures ascending.
        Columns: `size`, L; `temperature`; `value`; `error`, its standard error; `count`, the number
        of lattices at this temperature or in this bin.
    resamples : ndarray of shape (len(curve), n_resamples)
        Returned if `n_resamples` is given. Their mean is `value` in each row, and their standard
        deviation is `error`, but for the noise of the bootstrap.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, lengths differ, a temperature has lattices of fewer than
        two groups, or lattices are neither square nor of the size that their key says.

    Warns
    -----
    UserWarning
        If an observable or its error is NaN, such as the root of a square that is below 0 because
        of noise.

    See Also
    --------
    crossing : Where the curves of several sizes cross.
    DataCollapse : Critical temperature and exponents from such curves.

    Notes
    -----
    With N = L^2 sites, and averages over the lattices of one temperature:

    ============================ ============= =============================================
    observable                   series        value
    ============================ ============= =============================================
    "energy_density"             energy        <e>
    "specific_heat"              energy        N (<e^2> - <e>^2) / T^2
    "magnetization"              magnetization <m>
    "absolute_magnetization"     magnetization <\|m\|>
    "susceptibility"             magnetization N (<m^2> - <\|m\|>^2) / T
    "unconnected_susceptibility" magnetization N <m^2> / T
    "binder_cumulant"            magnetization 1 - <m^4> / (3 <m^2>^2)
    "correlation_length_ratio"   no series     xi / L, xi the second-moment length
    ============================ ============= =============================================

    The second-moment length is ``(S(0) / S(2 pi / L) - 1)^(1/2) / (2 sin(pi / L))``, with
    S(0) = N <m^2> and S(2 pi / L) the mean of both axes. Lattices of other spins than +1 and -1
    need a series or a function. The root of their order parameter stands for \|m\|: give the series
    ``np.sqrt(make_potts(...).order_parameter)`` for a Binder cumulant or a susceptibility.

    **Bias and error.** Value and error are those of the jackknife over groups, in at most 64 bins.
    It removes the bias of order 1 / (number of bins), such as the factor 1 - 1 / G by which a
    variance of G independent groups is too small. An error from G groups has a relative error of
    about (2 (G - 1))^(-1/2), 41 % for 4 chains. The bootstrap draws one bin less than there are, so
    that the variance of the resamples is right for few groups, too.

    **A single long chain.** Cut it in time into 20 pieces or more, each of at least 20
    autocorrelation times, and label them: ``groups=np.arange(n_samples) // (n_samples // 20)``.

    Examples
    --------
    >>> from skising import make_ising
    >>> from skising.scaling import observable_curve
    >>> data = {L: make_ising(512, L, [2.1, 2.5], random_state=0) for L in (8, 16)}
    >>> curve = observable_curve(
    ...     "binder_cumulant",
    ...     {L: ising.magnetization for L, ising in data.items()},
    ...     {L: ising.temperature for L, ising in data.items()},
    ...     groups={L: ising.chain for L, ising in data.items()},
    ... )
    >>> curve.round(2)
       size  temperature  value  error  count
    0     8          2.1   0.64   0.00    256
    1     8          2.5   0.54   0.01    256
    2    16          2.1   0.66   0.00    256
    3    16          2.5   0.39   0.03    256
    """
    # Loaded at the first call, because the kernels of observables load numba.
    from ._estimates import check_observable

    measure = check_observable(observable)
    if n_resamples is not None:
        n_resamples = check_integer(n_resamples, "n_resamples", minimum=2)
    samples = check_samples(X, temperature, bins, groups)
    rng = check_random_state(random_state)
    curve, resamples, undefined = [], [], []
    for sample in samples:
        for (t, row), estimate in zip(sample.rows.items(), measure(sample), strict=True):
            value, error = estimate.with_error()
            if not np.isfinite([value, error]).all():
                value = error = np.nan
                undefined.append(f"temperature {t:g} of size {sample.size}")
            curve.append((sample.size, t, value, error, len(row)))
            if n_resamples is not None:
                draws = rng.randint(estimate.n_bins, size=(n_resamples, estimate.n_bins - 1))
                resampled = estimate.resampled(draws)
                resamples.append(resampled + (value - resampled.mean()))
    if undefined:
        warnings.warn(
            f"{observable} is NaN at {len(undefined)} temperature(s), the first is {undefined[0]}: "
            "there its noise is larger than itself, or it is 0/0. Give more lattices, or leave out "
            "these rows.",
            stacklevel=2,
        )
    frame = pd.DataFrame(curve, columns=["size", "temperature", "value", "error", "count"])
    return frame if n_resamples is None else (frame, np.array(resamples))
