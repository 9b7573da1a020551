"""A data collapse onto a master curve that is a cubic spline: plain numbers.

A measurement is y = size^(-theta) (1 + c size^(-omega)) F((x - x_c) size^(1/nu)) plus noise of
known standard error. omega is given, and c may be held at 0. F is a spline, smooth but for a kink
that it may have at 0: an accuracy has one there, where the right answer changes. Its coefficients
are eliminated (variable projection: Golub and Pereyra, 1973, with the Jacobian of Kaufman, 1975),
so that least squares sees (x_c, log nu, theta, c) alone. Sizes are relative to their geometric
mean.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import least_squares

_DEGREE = 3
_INNER_KNOTS = (1, 3, 5, 7, 10, 14, 20)
_STARTS = 3  # of the best on the grid, each followed to its minimum
_MOST_STEPS = 30
# Data that do not tell of an exponent must not drive it to where powers overflow.
_LOG_NU, _THETA = np.log([0.05, 20.0]), (-20.0, 20.0)
# Of the smallest size, a correction must leave something and not be all there is.
_CORRECTION = np.array([-0.95, 20.0])
# Singular values below this, of the largest, belong to no coefficient that the data tell of.
_RANK = 1e-9


class Measurements(NamedTuple):
    """What is collapsed, each an array of shape (n,)."""

    x: np.ndarray
    y: np.ndarray
    yerr: np.ndarray
    log_sizes: np.ndarray
    decay: np.ndarray  # size^(-omega) of the correction to scaling


class Model(NamedTuple):
    """A kind of master curve, fitted."""

    knots: np.ndarray  # where the spline's pieces meet, in units of z
    parameters: np.ndarray  # (4,): x_c, log nu, theta, c
    chi2: float
    n_dof: int
    weight: float  # Akaike's, 1 for all models together

    @property
    def noise_scale(self):
        """By how much the errors explain too little of the scatter: the Birge ratio, if above 1."""
        return np.sqrt(max(1.0, self.chi2 / self.n_dof))


class SplineCollapse:
    """Residuals of measurements from the best of the splines on given knots."""

    def __init__(self, data, knots):
        self.data = data
        self.knots = knots
        self._solved = None

    def solve(self, parameters):
        """Return the residuals (n,), in standard errors, their Jacobian (n, 4), and the spline."""
        key = np.asarray(parameters).tobytes()
        if self._solved is None or self._solved[0] != key:
            self._solved = key, self._solve(parameters)
        return self._solved[1]

    def _solve(self, parameters):
        data, (_, log_nu, theta, c) = self.data, parameters
        z = scaled_positions(data, parameters)
        inside = np.clip(z, self.knots[0], self.knots[-1])
        corrected = 1 + c * data.decay
        factor = np.exp(-theta * data.log_sizes) * corrected / data.yerr
        design = BSpline.design_matrix(inside, self.knots, _DEGREE).toarray()
        left, singular, right = np.linalg.svd(design * factor[:, np.newaxis], full_matrices=False)
        n_rank = np.count_nonzero(singular > _RANK * singular[0])
        left, coordinates = left[:, :n_rank], left[:, :n_rank].T @ (data.y / data.yerr)
        spline = BSpline(self.knots, right[:n_rank].T @ (coordinates / singular[:n_rank]), _DEGREE)
        fitted = left @ coordinates
        slope = spline.derivative()(inside) * factor * (inside == z)
        rate = np.exp(-log_nu) * data.log_sizes
        columns = (
            slope * np.exp(rate),
            slope * z * rate,
            fitted * data.log_sizes,
            -fitted * data.decay / corrected,
        )
        jacobian = np.stack(columns, axis=1)
        return data.y / data.yerr - fitted, jacobian - left @ (left.T @ jacobian), spline


def scaled_positions(data, parameters):
    """Return z = (x - x_c) size^(1/nu) of measurements."""
    x_critical, log_nu = parameters[:2]
    return (data.x - x_critical) * np.exp(np.exp(-log_nu) * data.log_sizes)


def place_knots(z, n_inner, kink):
    """Return knots such that as many data lie between any two of them, and a triple one at a kink.

    A cubic spline is continuous where three knots meet, and no more.
    """
    inner = np.quantile(z, np.linspace(0, 1, n_inner + 2)[1:-1])
    if kink:
        inner = np.sort(np.append(inner[inner != 0], np.zeros(_DEGREE)))
    ends = [np.full(_DEGREE + 1, end) for end in (z.min(), z.max())]
    return np.concatenate([ends[0], inner, ends[1]])


def least_chi2(data, knots, start, free):
    """Return the parameters of least chi-square near `start`; only those in `free` move."""
    parameters = np.array(start, dtype=np.float64)
    if not free.any():
        return parameters
    collapse = SplineCollapse(data, knots)
    span = np.ptp(data.x)
    x_range = (data.x.min() - span, data.x.max() + span)
    c_range = _CORRECTION / data.decay.max()
    low, high = np.transpose([x_range, _LOG_NU, _THETA, c_range])[:, free]

    def full(moving):
        parameters[free] = np.clip(moving, low, high)
        return parameters.copy()

    result = least_squares(
        lambda moving: collapse.solve(full(moving))[0],
        parameters[free],
        jac=lambda moving: collapse.solve(full(moving))[1][:, free],
        method="lm",
        x_scale="jac",
        max_nfev=_MOST_STEPS,
    )
    return full(result.x)


def fit_models(data, fixed):
    """Return a `Model` for each number of knots, with a kink and without, that the data can tell.

    `fixed` holds x_c, log nu, theta and c, each NaN if it is to be fitted.
    """
    free = np.isnan(fixed)
    start = _global_minimum(data, fixed, free)
    n, fitted = len(data.x), []
    for kink, n_inner in product((False, True), _INNER_KNOTS):
        parameters = start
        # Once more where the knots suit the parameters.
        for _ in range(2):
            knots = _knots_at(data, parameters, n_inner, kink)
            parameters = least_chi2(data, knots, parameters, free)
        n_fitted = len(knots) - _DEGREE - 1 + np.count_nonzero(free)
        if n_fitted < n - 1:
            chi2 = float(np.sum(SplineCollapse(data, knots).solve(parameters)[0] ** 2))
            # Akaike's criterion, corrected for few data (Hurvich and Tsai, 1989).
            criterion = chi2 + 2 * n_fitted * n / (n - n_fitted - 1)
            fitted.append((knots, parameters, chi2, n - n_fitted, criterion))
    criteria = np.array([model[-1] for model in fitted])
    weights = np.exp(-0.5 * (criteria - criteria.min()))
    weights /= weights.sum()
    return [Model(*model[:-1], weight) for model, weight in zip(fitted, weights, strict=True)]


def _knots_at(data, parameters, n_inner, kink):
    z = scaled_positions(data, parameters)
    return place_knots(z, n_inner, kink and z.min() < 0 < z.max())


def _global_minimum(data, fixed, free):
    """Return parameters near the global minimum of chi-square, from a grid of them."""
    n_inner = int(np.clip(len(data.x) // 10, 1, 6))
    x_range = np.quantile(np.unique(data.x), np.linspace(0.1, 0.9, 9))
    choices = (x_range, np.log([0.6, 1.0, 1.6]), (-1.0, -0.3, 0.3, 1.0, 2.0), (0.0,))
    grid = product(*([f] if not np.isnan(f) else c for f, c in zip(fixed, choices, strict=True)))

    def chi2(parameters):
        knots = _knots_at(data, parameters, n_inner, kink=True)
        return np.sum(SplineCollapse(data, knots).solve(parameters)[0] ** 2)

    minima = []
    for start in sorted(grid, key=chi2)[:_STARTS]:
        knots = _knots_at(data, start, n_inner, kink=True)
        minima.append(least_chi2(data, knots, start, free))
    return min(minima, key=chi2)
