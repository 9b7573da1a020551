"""Splines through the collapsed data of a finite-size scaling analysis, in plain numbers.

A measurement is y = size^(-theta) (1 + c size^(-omega)) F((x - x_c) s) plus noise of known standard
error. s is size^(1/nu), or another `form` with one parameter a; for a power, a = log nu. omega is
given, and c may be fixed at 0. F is a cubic spline, smooth except for an optional kink at 0: an
accuracy has one, because the right answer changes there. For given (x_c, a, theta, c), the best
spline is a linear problem. Least squares therefore varies these four parameters only (variable
projection: Golub and Pereyra, 1973, with the Jacobian of Kaufman, 1975). Sizes are relative to
their geometric mean.
"""

from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import least_squares

from ._scaling_form import BKTForm, PowerForm

_DEGREE = 3
_MAX_EVALUATIONS = 30
# Where data do not determine theta, the bounds keep the powers of the size from overflowing.
_THETA_BOUNDS = (-20.0, 20.0)
# Of c size^(-omega) for the smallest size. Below -1, the correction would change the sign of y. Far
# above 1 it is no correction: theta + omega then describes the data with the wrong leading term.
_CORRECTION_BOUNDS = np.array([-0.95, 2.0])
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

    @property
    def bounds(self):
        """Arrays (4,) of the smallest and largest x_c, a, theta and c."""
        span = np.ptp(self.x)
        x_range = (self.x.min() - span, self.x.max() + span)
        c_range = _CORRECTION_BOUNDS / self.decay.max()
        return np.transpose([x_range, self.form.bounds, _THETA_BOUNDS, c_range])


class Minimum(NamedTuple):
    """The parameters x_c, a, theta and c (4,) at a minimum of chi-square, and its value there."""

    parameters: np.ndarray
    chi2: float


class SplineCollapse:
    """Residuals of measurements from the best spline with given inner knots, by parameters.

    The inner knots do not move with the parameters, so that chi-square is a smooth function of
    these, apart from a kink. Fits with more free parameters minimise the same function. The end
    knots are at the ends of the scaled data. Their places do not change which functions of the data
    the splines are.
    """

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

    def basis(self, parameters):
        """Return orthonormal columns (n, rank): what splines can be, in standard errors."""
        return self._decompose(parameters)[0]

    def _solve(self, parameters):
        data, a = self.data, parameters[1]
        left, to_coefficients, knots, z, factor = self._decompose(parameters)
        measured = data.y / data.yerr
        coordinates = left.T @ measured
        spline = BSpline(knots, to_coefficients @ coordinates, _DEGREE)
        fitted = left @ coordinates
        slope = spline(z, 1) * factor
        stretch, log_derivative = data.form.stretch(a, data.log_sizes)
        columns = (
            slope * stretch,
            slope * z * -log_derivative,
            fitted * data.log_sizes,
            -fitted * data.decay / (1 + parameters[3] * data.decay),
        )
        jacobian = np.stack(columns, axis=1)
        return measured - fitted, jacobian - left @ (left.T @ jacobian), spline

    def _decompose(self, parameters):
        """Return the basis, its coordinates' map to coefficients, all knots, z and factors of F."""
        data, (_, _, theta, c) = self.data, parameters
        z = scaled_positions(data, parameters)
        ends = (z.min(), z.max())
        if len(self.knots):
            ends = min(ends[0], self.knots[0]), max(ends[1], self.knots[-1])
        knots = np.concatenate(
            [np.full(_DEGREE + 1, ends[0]), self.knots, np.full(_DEGREE + 1, ends[1])]
        )
        factor = np.exp(-theta * data.log_sizes) * (1 + c * data.decay) / data.yerr
        design = BSpline.design_matrix(z, knots, _DEGREE).toarray()
        left, singular, right = np.linalg.svd(design * factor[:, np.newaxis], full_matrices=False)
        n_rank = np.count_nonzero(singular > _SINGULAR_VALUE_CUTOFF * singular[0])
        return left[:, :n_rank], right[:n_rank].T / singular[:n_rank], knots, z, factor


def n_coefficients(knots):
    """Return the number of coefficients of a spline with these inner knots."""
    return len(knots) + _DEGREE + 1


def scaled_positions(data, parameters):
    """Return z = (x - x_c) s of measurements, shape (n,)."""
    x_critical, a = parameters[:2]
    return (data.x - x_critical) * data.form.stretch(a, data.log_sizes)[0]


def place_knots(z, n_inner, kink):
    """Return the inner knots of a spline: `n_inner` quantiles of z, and those of a kink.

    A kink is a triple knot at 0, where a cubic spline is continuous and its derivatives are not.
    """
    inner = np.quantile(z, np.linspace(0, 1, n_inner + 2)[1:-1])
    if kink and z.min() < 0 < z.max():
        inner = np.sort(np.append(inner[inner != 0], np.zeros(_DEGREE)))
    return inner


def minimize_chi2(data, knots, start, free):
    """Return the `Minimum` of chi-square near `start`; `free` masks the parameters that vary."""
    parameters = np.array(start, dtype=np.float64)
    collapse = SplineCollapse(data, knots)
    low, high = data.bounds[:, free]

    def all_parameters(varied):
        parameters[free] = np.clip(varied, low, high)
        return parameters.copy()

    if free.any():
        result = least_squares(
            lambda varied: collapse.solve(all_parameters(varied))[0],
            parameters[free],
            jac=lambda varied: collapse.solve(all_parameters(varied))[1][:, free],
            method="lm",
            x_scale="jac",
            max_nfev=_MAX_EVALUATIONS,
        )
        parameters = all_parameters(result.x)
    return Minimum(parameters, float(np.sum(collapse.solve(parameters)[0] ** 2)))
