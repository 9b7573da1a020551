"""Fits of a data collapse by splines of several numbers of knots, and of resampled data.

chi-square has local minima: with a kink there is one in each interval between two temperatures, and
there are others where the data hardly determine a parameter. Minimisations therefore start from
several parameters.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from ._master_curve import (
    SplineCollapse,
    minimize_chi2,
    n_coefficients,
    place_knots,
    scaled_positions,
)

_INNER_KNOT_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20)
_AMPLITUDES = (2, 3)  # the places of theta and c in the parameters
_ALL_FREE = np.array([np.nan, np.nan, np.nan, 0.0])  # without a correction to scaling
_N_STARTS = 3  # local minimisations, from the best points of the grid
_N_NEIGHBOURS = 30
_SPREAD = 1.5  # of the neighbours, in standard errors
_NEGLIGIBLE = 40.0  # of the criterion above the lowest: a weight of 2e-9
_SAME_CHI2 = 1e-6  # relative; least squares stops at 1e-8
# Combinations of parameters that the data hardly determine are varied by at most 1 / this factor of
# what is varied of the best determined combination.
_LEAST_DETERMINED = 1e-3


class Model(NamedTuple):
    """A fit with one number of knots, with or without a kink."""

    knots: np.ndarray  # the inner ones, where the spline's pieces meet, in units of z
    parameters: np.ndarray  # (4,): x_c, a, theta, c
    chi2: float
    n_dof: int
    weight: float  # Akaike weight; those of all models add up to 1

    @property
    def noise_scale(self):
        """Factor by which the scatter exceeds the standard errors (Birge ratio), at least 1."""
        return np.sqrt(max(1.0, self.chi2 / self.n_dof))


class Neighbourhood:
    """Parameters near a minimum of chi-square, as starts for the fits of similar data.

    Which functions of the data the splines are depends on the parameters, but not on y. It is
    computed once, and the best start for any y follows by projection.

    Parameters
    ----------
    data : Measurements
    knots : ndarray
    parameters : ndarray of shape (4,)
        At the minimum.
    free : ndarray of bool of shape (4,)
    others : sequence of ndarray of shape (4,)
        Further parameters that may be good starts.
    """

    def __init__(self, data, knots, parameters, free, others=()):
        self._data, self._knots, self._free = data, knots, free
        self._parameters = parameters
        self._points = [*others, *_neighbours(data, knots, parameters, free)]
        collapse = SplineCollapse(data, knots)
        self._bases = [collapse.basis(point) for point in self._points]

    def minimum(self, y):
        """Return the lower of two minima for the values y: from the centre and from one near it."""
        data = self._data._replace(y=y)
        best = self._points[_best_basis(self._bases, data)]
        return _lowest(data, self._knots, [self._parameters, best], self._free)


def fit_models(data, fixed):
    """Return a `Model` for each number of knots, with and without a kink, that has any weight.

    `fixed` holds x_c, a, theta and c, each NaN if it is fitted.
    """
    free = np.isnan(fixed)
    reference = _search(data, _ALL_FREE)
    starts = _starts(data, fixed, free, reference)
    n_free = np.count_nonzero(free)
    layouts = _knot_layouts(data, reference[0], n_free)
    minima = [_from_best(data, knots, starts, free) for knots in layouts]
    criteria = _criteria(data, layouts, minima, n_free)
    kept = np.flatnonzero(criteria < criteria.min() + _NEGLIGIBLE)
    layouts, minima = [layouts[i] for i in kept], [minima[i] for i in kept]
    others = starts + [minimum.parameters for minimum in minima]
    fits = [
        _descend(data, knots, minimum, free, others)
        for knots, minimum in zip(layouts, minima, strict=True)
    ]
    criteria = _criteria(data, layouts, fits, n_free)
    weights = np.exp(-0.5 * (criteria - criteria.min()))
    weights /= weights.sum()
    return [
        Model(knots, *fit, _n_dof(data, knots, n_free), weight)
        for knots, fit, weight in zip(layouts, fits, weights, strict=True)
    ]


def _n_dof(data, knots, n_free):
    return len(data.x) - n_coefficients(knots) - n_free


def _criteria(data, layouts, fits, n_free):
    """Return Akaike's criterion of fits, corrected for small n (Hurvich and Tsai, 1989)."""
    n, n_dof = len(data.x), np.array([_n_dof(data, knots, n_free) for knots in layouts])
    return np.array([fit.chi2 for fit in fits]) + 2 * (n - n_dof) * n / (n_dof - 1)


def _knot_layouts(data, reference, n_free):
    """Return the inner knots of all models, at quantiles of the data scaled by `reference`.

    `n_free` parameters leave 2 degrees of freedom or more. The knots depend on the data alone, not
    on which parameters are fitted: fits with more free parameters minimise the same functions.
    """
    x_critical, a = reference[:2]
    x_critical = np.clip(x_critical, *_x_range(data)[[0, -1]])
    a = np.clip(a, data.form.starts[0], data.form.starts[-1])
    z = scaled_positions(data, (x_critical, a))
    layouts = [place_knots(z, n, kink) for kink, n in product((False, True), _INNER_KNOT_COUNTS)]
    return [knots for knots in layouts if _n_dof(data, knots, n_free) >= 2]


def _starts(data, fixed, free, reference):
    """Return parameters near which the fits may have their minima."""
    starts = [np.where(free, parameters, fixed) for parameters in reference]
    # Where errors are small, chi-square is low in a range of theta that is narrower than any grid.
    # Fits with theta or c held at 0 find it, if it holds 0.
    problems = [np.where(np.arange(4) == i, 0.0, fixed) for i in _AMPLITUDES if free[i]]
    for problem in [fixed, *problems]:
        if not np.array_equal(problem, _ALL_FREE, equal_nan=True):
            starts += _search(data, problem)
    return starts


def _from_best(data, knots, starts, free):
    """Return the minimum from the start at which chi-square is lowest."""
    collapse = SplineCollapse(data, knots)
    best = _best_basis([collapse.basis(start) for start in starts], data)
    return minimize_chi2(data, knots, starts[best], free)


def _descend(data, knots, minimum, free, others):
    """Return the minimum below which none is found from the parameters near it."""
    while True:
        near = Neighbourhood(data, knots, minimum.parameters, free, others)
        lower = near.minimum(data.y)
        if not lower.chi2 < minimum.chi2 * (1 - _SAME_CHI2):
            return lower
        minimum = lower


def _search(data, fixed):
    """Return the parameters (4,) at some of the lowest minima of chi-square, the lowest first.

    The search has a grid of x_c and a. theta and c are fitted at each of its points.
    """
    free = np.isnan(fixed)
    n_inner = int(np.clip(len(data.x) // 10, 1, 6))
    axes = (_x_range(data), data.form.starts, (0.0,), (0.0,))
    grid = product(
        *(axis if np.isnan(value) else [value] for value, axis in zip(fixed, axes, strict=True))
    )
    is_amplitude = np.isin(np.arange(4), _AMPLITUDES)

    def minimum(start, free):
        knots = place_knots(scaled_positions(data, start), n_inner, kink=True)
        return minimize_chi2(data, knots, start, free)

    def chi2(minimum):
        return minimum.chi2

    on_grid = sorted((minimum(point, free & is_amplitude) for point in grid), key=chi2)
    minima = (minimum(start.parameters, free) for start in on_grid[:_N_STARTS])
    return [minimum.parameters for minimum in sorted(minima, key=chi2)]


def _x_range(data):
    return np.quantile(np.unique(data.x), np.linspace(0.1, 0.9, 9))


def _neighbours(data, knots, parameters, free):
    """Return parameters (n, 4) about a minimum, normal with 1.5 times its standard errors."""
    residuals, jacobian, _ = SplineCollapse(data, knots).solve(parameters)
    units = np.linalg.norm(jacobian[:, free], axis=0)
    units[units == 0] = 1.0
    _, singular, right = np.linalg.svd(jacobian[:, free] / units, full_matrices=False)
    if singular.size:
        singular = np.maximum(singular, _LEAST_DETERMINED * singular[0] or 1.0)
    normal = np.random.default_rng(0).normal(size=(_N_NEIGHBOURS, len(singular)))
    scatter = _SPREAD * np.sqrt(max(1.0, np.mean(residuals**2)))
    points = np.tile(parameters, (_N_NEIGHBOURS, 1))
    points[:, free] += scatter * (normal / singular) @ right / units
    points[:, free] = np.clip(points[:, free], *data.bounds[:, free])
    return points


def _best_basis(bases, data):
    """Return the place of the basis that describes the data best."""
    measured = data.y / data.yerr
    return int(np.argmax([np.sum((basis.T @ measured) ** 2) for basis in bases]))


def _lowest(data, knots, starts, free):
    """Return the lowest of the minima from several starts."""
    minima = [minimize_chi2(data, knots, start, free) for start in starts]
    lowest = min(minima, key=lambda minimum: minimum.chi2)
    if 0 not in knots:
        return lowest
    # With a kink chi-square has a cusp where x_c is a temperature of the data. In a cusp no step in
    # all parameters may lead down, although one in the others does.
    return minimize_chi2(data, knots, lowest.parameters, free & (np.arange(4) > 0))
