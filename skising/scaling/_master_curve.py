"""Fits of a data collapse whose master curve is a cubic spline, in plain numbers.

A measurement is y = size^(-theta) (1 + c size^(-omega)) F((x - x_c) s) plus noise of known standard
error. s is size^(1/nu), or another `form` with one parameter a; for a power, a = log nu. omega is
given, and c may be fixed at 0. F is a spline, smooth except for an optional kink at 0: an accuracy
has one, because the right answer changes there. For given (x_c, a, theta, c), the best spline is a
linear problem. Least squares therefore varies these four parameters only (variable projection:
Golub and Pereyra, 1973, with the Jacobian of Kaufman, 1975). Sizes are relative to their geometric
mean.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import least_squares

from ._scaling_form import BKTForm, PowerForm

_DEGREE = 3
_INNER_KNOT_COUNTS = (1, 3, 5, 7, 10, 14, 20)
_AMPLITUDES = (2, 3)  # the places of theta and c in the parameters
_N_STARTS = 3  # local minimisations, from the best points of the grid
_MAX_EVALUATIONS = 30
# Where data do not determine theta, the bounds keep the powers of the size from overflowing.
_THETA_BOUNDS = (-20.0, 20.0)
# Of c size^(-omega) for the smallest size. Below -1, the correction would change the sign of y.
_CORRECTION_BOUNDS = np.array([-0.95, 20.0])
# Singular values below this fraction of the largest are treated as 0: the data do not determine
# the corresponding combinations of spline coefficients.
_SINGULAR_VALUE_CUTOFF = 1e-9


class Measurements(NamedTuple):
    """The data to collapse, arrays of shape (n,), and how their x axis scales."""

    x: np.ndarray
    y: np.ndarray
    yerr: np.ndarray
    log_sizes: np.ndarray
    decay: np.ndarray  # size^(-omega) of the correction to scaling
    form: PowerForm | BKTForm = PowerForm()


class Model(NamedTuple):
    """A fit with one number of knots, with or without a kink."""

    knots: np.ndarray  # where the spline's pieces meet, in units of z
    parameters: np.ndarray  # (4,): x_c, a, theta, c
    chi2: float
    n_dof: int
    weight: float  # Akaike weight; those of all models add up to 1

    @property
    def noise_scale(self):
        """Factor by which the scatter exceeds the standard errors (Birge ratio), at least 1."""
        return np.sqrt(max(1.0, self.chi2 / self.n_dof))


class SplineCollapse:
    """Residuals of measurements from the best spline on given knots, by parameters."""

    def __init__(self, data, knots):
        self.data = data
        self.knots = knots
        self._last_parameters = self._last_solution = None

    def solve(self, parameters):
        """Return the residuals (n,), in standard errors, their Jacobian (n, 4), and the spline."""
        # least_squares asks for residuals and Jacobian at the same parameters, one after the other.
        key = np.asarray(parameters).tobytes()
        if self._last_parameters != key:
            self._last_parameters, self._last_solution = key, self._solve(parameters)
        return self._last_solution

    def _solve(self, parameters):
        data, (_, a, theta, c) = self.data, parameters
        z = scaled_positions(data, parameters)
        inside = np.clip(z, self.knots[0], self.knots[-1])
        corrected = 1 + c * data.decay
        factor = np.exp(-theta * data.log_sizes) * corrected / data.yerr
        design = BSpline.design_matrix(inside, self.knots, _DEGREE).toarray()
        left, singular, right = np.linalg.svd(design * factor[:, np.newaxis], full_matrices=False)
        n_rank = np.count_nonzero(singular > _SINGULAR_VALUE_CUTOFF * singular[0])
        left, coordinates = left[:, :n_rank], left[:, :n_rank].T @ (data.y / data.yerr)
        spline = BSpline(self.knots, right[:n_rank].T @ (coordinates / singular[:n_rank]), _DEGREE)
        fitted = left @ coordinates
        slope = spline.derivative()(inside) * factor * (inside == z)
        stretch, log_derivative = data.form.stretch(a, data.log_sizes)
        columns = (
            slope * stretch,
            slope * z * -log_derivative,
            fitted * data.log_sizes,
            -fitted * data.decay / corrected,
        )
        jacobian = np.stack(columns, axis=1)
        return data.y / data.yerr - fitted, jacobian - left @ (left.T @ jacobian), spline


def scaled_positions(data, parameters):
    """Return z = (x - x_c) s of measurements, shape (n,)."""
    x_critical, a = parameters[:2]
    return (data.x - x_critical) * data.form.stretch(a, data.log_sizes)[0]


def place_knots(z, n_inner, kink):
    """Return the knots of a spline on the data's range, with `n_inner` knots at quantiles of z.

    A kink is a triple knot at 0, where a cubic spline is continuous and its derivatives are not.
    """
    inner = np.quantile(z, np.linspace(0, 1, n_inner + 2)[1:-1])
    if kink:
        inner = np.sort(np.append(inner[inner != 0], np.zeros(_DEGREE)))
    ends = [np.full(_DEGREE + 1, end) for end in (z.min(), z.max())]
    return np.concatenate([ends[0], inner, ends[1]])


def minimize_chi2(data, knots, start, free):
    """Return the parameters that minimise chi-square near `start`; `free` masks those that vary."""
    parameters = np.array(start, dtype=np.float64)
    if not free.any():
        return parameters
    collapse = SplineCollapse(data, knots)
    span = np.ptp(data.x)
    x_range = (data.x.min() - span, data.x.max() + span)
    c_range = _CORRECTION_BOUNDS / data.decay.max()
    low, high = np.transpose([x_range, data.form.bounds, _THETA_BOUNDS, c_range])[:, free]

    def all_parameters(varied):
        parameters[free] = np.clip(varied, low, high)
        return parameters.copy()

    result = least_squares(
        lambda varied: collapse.solve(all_parameters(varied))[0],
        parameters[free],
        jac=lambda varied: collapse.solve(all_parameters(varied))[1][:, free],
        method="lm",
        x_scale="jac",
        max_nfev=_MAX_EVALUATIONS,
    )
    return all_parameters(result.x)


def fit_models(data, fixed):
    """Return a `Model` for each number of knots, with and without a kink, that the data determine.

    `fixed` holds x_c, a, theta and c, each NaN if it is fitted.
    """
    fits = list(_fit_knot_counts(data, fixed).values())
    criteria = np.array([fit.criterion for fit in fits])
    weights = np.exp(-0.5 * (criteria - criteria.min()))
    weights /= weights.sum()
    return [
        Model(fit.knots, fit.parameters, fit.chi2, fit.n_dof, weight)
        for fit, weight in zip(fits, weights, strict=True)
    ]


class _Fit(NamedTuple):
    """A fit to `n` measurements on given knots; the fields are those of `Model`."""

    knots: np.ndarray
    parameters: np.ndarray
    chi2: float
    n_dof: int
    n: int

    @property
    def criterion(self):
        """Akaike's criterion, corrected for small n (Hurvich and Tsai, 1989)."""
        if self.n_dof < 2:
            return np.inf
        return self.chi2 + 2 * (self.n - self.n_dof) * self.n / (self.n_dof - 1)


def _fit_on(data, knots, start, free):
    parameters = minimize_chi2(data, knots, start, free)
    n, n_fitted = len(data.x), len(knots) - _DEGREE - 1 + np.count_nonzero(free)
    return _Fit(knots, parameters, _chi2(data, knots, parameters), n - n_fitted, n)


def _fit_knot_counts(data, fixed):
    """Return a dict of the `_Fit` with (kink, number of inner knots), where n_dof is 2 or more."""
    free = np.isnan(fixed)
    start = _global_minimum(data, fixed, free)
    # The same fits without theta or c are further starts. With them, no criterion is larger than
    # that of the fit with the parameter held at 0, apart from the parameter's own penalty.
    simpler = [
        _fit_knot_counts(data, np.where(np.arange(4) == i, 0.0, fixed))
        for i in _AMPLITUDES
        if free[i]
    ]
    fits = {}
    for kink, n_inner in product((False, True), _INNER_KNOT_COUNTS):
        fit = _fit_on(data, _knots_at(data, start, n_inner, kink), start, free)
        # The second fit has its knots at the quantiles that belong to the fitted parameters.
        knots = _knots_at(data, fit.parameters, n_inner, kink)
        candidates = [_fit_on(data, knots, fit.parameters, free)]
        for others in simpler:
            if (kink, n_inner) in others:
                other = others[kink, n_inner]
                candidates.append(_fit_on(data, other.knots, other.parameters, free))
        best = min(candidates, key=lambda fit: fit.criterion)
        if np.isfinite(best.criterion):
            fits[kink, n_inner] = best
    return fits


def _knots_at(data, parameters, n_inner, kink):
    """Return knots for data scaled by `parameters`; data on one side of 0 get no kink."""
    z = scaled_positions(data, parameters)
    return place_knots(z, n_inner, kink and z.min() < 0 < z.max())


def _chi2(data, knots, parameters):
    return float(np.sum(SplineCollapse(data, knots).solve(parameters)[0] ** 2))


def _global_minimum(data, fixed, free):
    """Return parameters near the global minimum of chi-square.

    The search has a grid of x_c and a. theta and c are fitted at each of its points: where errors
    are small, chi-square is low in a range of theta that is narrower than any grid.
    """
    n_inner = int(np.clip(len(data.x) // 10, 1, 6))
    x_range = np.quantile(np.unique(data.x), np.linspace(0.1, 0.9, 9))
    axes = (x_range, data.form.starts, (0.0,), (0.0,))
    grid = product(
        *(axis if np.isnan(value) else [value] for value, axis in zip(fixed, axes, strict=True))
    )
    is_amplitude = np.isin(np.arange(4), _AMPLITUDES)

    def minimum(start, free):
        return minimize_chi2(data, _knots_at(data, start, n_inner, kink=True), start, free)

    def chi2(parameters):
        return _chi2(data, _knots_at(data, parameters, n_inner, kink=True), parameters)

    starts = sorted((minimum(point, free & is_amplitude) for point in grid), key=chi2)
    return min((minimum(start, free) for start in starts[:_N_STARTS]), key=chi2)
