"""The mean probability of a phase against temperature and block size."""

from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._typing import LatticesLike, RandomState
from .._validation import check_integer, check_random_state, check_temperatures
from ._ensemble import add_training, draw_networks
from ._estimators import check_classifiers, check_networks_differ
from ._grouping import (
    check_lengths,
    draw_groups,
    group_lattices,
    resampled_means,
    variance_of_mean,
)


@overload
def order_curve(
    estimator: Any,
    X: LatticesLike,
    temperature: ArrayLike,
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: None = None,
    random_state: RandomState = None,
) -> pd.DataFrame: ...


@overload
def order_curve(
    estimator: Any,
    X: LatticesLike,
    temperature: ArrayLike,
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: int,
    random_state: RandomState = None,
) -> tuple[pd.DataFrame, NDArray[np.float64]]: ...


def order_curve(
    estimator: Any,
    X: LatticesLike,
    temperature: ArrayLike,
    *,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: int | None = None,
    random_state: RandomState = None,
) -> pd.DataFrame | tuple[pd.DataFrame, NDArray[np.float64]]:
    """Measure the mean probability of the second class at each temperature, with its error.

    No labels are needed. At a continuous transition blocks of all sizes look alike, so that the
    curves of classifiers that were trained close to it, on both sides, cross near the critical
    temperature: `crossing` finds where. Classifiers that were trained with other labels cross near
    the temperature of these labels, and need not cross at all if they were trained far from it.

    Parameters
    ----------
    estimator : BlockAveragingClassifier, or list or dict of them
        Fitted to two classes. Classifiers of different block sizes l give a curve each. Several of
        one block size, which differ in their `random_state` or their training data, are averaged,
        and the errors include the training. The keys of a dict are ignored. A search, such as
        `GridSearchCV`, stands for its best estimator.
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, in any form that the estimators predict. Each temperature, or bin, needs two or more
        lattices. They must be independent, or have `groups`.
    temperature : array-like of shape (n_samples,)
        The temperature of each lattice, in units of J / k_B. Temperatures that differ by less than
        one part in 10^12 differ by rounding, and are taken to be equal.
    bins : int or array-like of shape (n_bins + 1,), default=None
        For lattices whose temperatures are all different, as for `accuracy_curve`.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The errors assume that lattices of different
        groups are independent, and those of one group at one temperature may be correlated. None
        assumes that all lattices are independent.
    n_resamples : int, default=None
        If given, also return the probabilities of this many bootstrap samples of the lattices, for
        ``crossing(..., resamples)`` and ``DataCollapse.fit(..., resamples=resamples)``.
    random_state : int, RandomState instance or None, default=None
        Draws the bootstrap samples.

    Returns
    -------
    curve : DataFrame
        One row for each block size and temperature: block sizes as they were given, temperatures
        ascending. Columns: `block_size`; `temperature`; `probability`, the mean over lattices and
        over their blocks of the probability of the second class, ``classes_[1]``; `error`, its
        standard error; `count`, the number of lattices at this temperature or in this bin. With
        several classifiers of one block size, the column `training_error` is the standard error of
        their mean, and `error` includes it; it is NaN for a block size with a single classifier.
    resamples : ndarray of shape (len(curve), n_resamples)
        Returned if `n_resamples` is given. Whole lattices, or all lattices of a group, are drawn
        with replacement at each temperature. All block sizes use the same draws, because their
        probabilities on the same lattices are correlated. Several classifiers of one block size are
        drawn with replacement, too.

    Raises
    ------
    NotFittedError
        If an estimator is not fitted.
    TypeError, ValueError
        If an estimator is not a classifier of two classes, an argument is not as described, lengths
        differ, or a temperature has lattices of fewer than two groups.

    See Also
    --------
    accuracy_curve : The fraction of right answers, where the classes are known.
    crossing : Where the curves of several block sizes cross.

    Notes
    -----
    The probability is that of single blocks, for either `pooling`. Its mean over blocks does not
    depend on how many blocks an answer of the estimator averages over, so there is no `n_blocks`
    here.

    The error is the standard error of the mean over lattices, or with `groups` over groups, as for
    `accuracy_curve`. With one classifier of a block size it does not include the training: networks
    that were trained with another `random_state` give somewhat different curves. Pass several.

    Examples
    --------
    >>> from skising import BlockAveragingClassifier, make_ising
    >>> from skising.scaling import order_curve
    >>> train = make_ising(200, 16, temperatures=[1.5, 3.5], target="phase", random_state=0)
    >>> model = BlockAveragingClassifier(8, descriptor="pair", max_epochs=9, random_state=0)
    >>> model = model.fit(train.data, train.target)
    >>> test = make_ising(300, 16, temperatures=[1.8, 2.3, 3.0], random_state=1)
    >>> curve = order_curve(model, test.data, test.temperature, groups=test.chain)
    >>> curve.round(1)
       block_size  temperature  probability  error  count
    0           8          1.8          0.0    0.0    100
    1           8          2.3          0.4    0.0    100
    2           8          3.0          1.0    0.0    100
    """
    of_size = check_classifiers(estimator)
    if n_resamples is not None:
        n_resamples = check_integer(n_resamples, "n_resamples", minimum=2)
    temperature = check_temperatures(temperature, "temperature")
    check_lengths(X, temperature=temperature)
    rows, labels = group_lattices(X, temperature, bins, groups)
    rng = check_random_state(random_state)
    draws = draw_groups(rows, labels, n_resamples or 0, rng)
    curves: list[tuple[Any, ...]] = []
    resamples, training = [], []
    for size, models in of_size.items():
        outputs = [model.predict_blocks(X).reshape(len(labels), -1) for model in models]
        check_networks_differ(outputs, size)
        networks = draw_networks(len(models), n_resamples or 0, rng)
        of_lattices = np.array([p.mean(axis=1, dtype=np.float64) for p in outputs])
        first, average = len(curves), of_lattices.mean(axis=0)
        for (t, row), draw in zip(rows.items(), draws, strict=True):
            values, groups_here = average[row], labels[row]
            error = np.sqrt(variance_of_mean(values, groups_here))
            curves.append((size, t, values.mean(), error, len(row)))
            resamples.append(resampled_means(values, groups_here, draw))
        means = np.stack([of_lattices[:, row].mean(axis=1) for row in rows.values()], axis=1)
        training.append((np.arange(first, len(curves)), means, networks))
    columns = ["block_size", "temperature", "probability", "error", "count"]
    curve, resampled = pd.DataFrame(curves, columns=columns), np.array(resamples)
    add_training(curve, resampled, training)
    return curve if n_resamples is None else (curve, resampled)
