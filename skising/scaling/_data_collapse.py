"""Finite-size scaling by data collapse, with standard errors of the fitted parameters."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._numbers import as_numbers
from .._typing import RandomState
from .._validation import (
    check_finite,
    check_fraction,
    check_integer,
    check_positive,
    check_random_state,
)
from ._checks import check_curves, check_measurements, check_resamples
from ._master_curve import (
    Measurements,
    SplineCollapse,
    fit_models,
    minimize_chi2,
    scaled_positions,
)

_PARAMETERS = ("critical_temperature", "nu", "theta", "correction")


class DataCollapse(BaseEstimator):
    """Fit the critical temperature and exponents with which curves of several sizes collapse.

    The scaling hypothesis is Eq. 11 of Phys. Rev. E 108, 065304 (2023), ::

        y = size^(-theta) F((x - critical_temperature) size^(1 / nu)).

    For a phase classification of accuracy A, y is the *error* 1 - A and size is the block size l.
    `theta` is positive where y falls as the size grows: it is beta / nu for a magnetisation,
    -gamma / nu for a susceptibility, and 0 for a Binder cumulant. Small sizes may need corrections
    to scaling, a factor of ``1 + correction size^(-correction_exponent)`` in y.

    F is a cubic spline. It is continuous, and may have a kink at the critical temperature: an
    accuracy has one, because the right answer changes there. chi-square is minimised over F, the
    temperature and the exponents together, for several numbers of knots, with and without a kink.
    The parameters are averages over these fits with Akaike's weights, so that their errors include
    the uncertainty of F [1]_.

    Parameters
    ----------
    critical_temperature, nu, theta : float, default=None
        None fits the parameter; a number fixes it. The critical temperature may be 0 or below, as
        for reduced temperatures, T / T_c - 1, and fields.
    correction_exponent : float, default=None
        Exponent omega > 0 of the correction to scaling. If it is given, the amplitude of the
        correction is fitted; None is no correction. Data rarely determine omega: vary it and see
        how the results change.
    n_resamples : int, default=200
        How often the fit is repeated on resampled data, for the errors.
    confidence_level : float, default=0.95
        Confidence level of the intervals, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Draws the resampled data. Pass an int for reproducible results.

    Attributes
    ----------
    critical_temperature_, nu_, theta_, correction_ : float
        The parameters of the best collapse. Without `correction_exponent`, `correction_` is 0.
    critical_temperature_std_, nu_std_, theta_std_, correction_std_ : float
        Standard errors: the standard deviations of `resamples_`; 0 for fixed parameters.
    critical_temperature_interval_, nu_interval_, theta_interval_, correction_interval_ : tuple
        Confidence intervals (lower, upper) of normal distributions with these standard errors.
    quality_ : float
        chi-square per degree of freedom for the spline of largest weight. It is about 1 if the
        standard errors explain the scatter about the spline, and much larger if the curves do not
        collapse. Where it is above 1, the resampled noise is multiplied by its square root.
    p_value_ : float
        Probability of a chi-square at least this large, if the hypothesis holds.
    resamples_ : DataFrame of shape (n_resamples, 4)
        The parameters fitted to each resampled data set.

    Notes
    -----
    The hypothesis holds near the critical temperature and for large sizes. Where `quality_` is
    above 1, leave out temperatures far from it, or the smallest sizes, until the results no longer
    change. Or give a `correction_exponent`: small sizes can then be kept, and the errors grow.

    References
    ----------
    .. [1] K. P. Burnham and D. R. Anderson, "Model Selection and Multimodel Inference", 2nd ed.,
       Springer (2002), chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.scaling import DataCollapse
    >>> size, x = np.repeat([8, 16, 32], 21), np.tile(np.linspace(1.9, 2.7, 21), 3)
    >>> y = size**-0.125 / np.cosh((x - 2.27) * size / 5)
    >>> noise = np.random.default_rng(0).normal(scale=0.01, size=63)
    >>> collapse = DataCollapse(random_state=0).fit(x, y + noise, np.full(63, 0.01), size)
    >>> print(f"nu = {collapse.nu_:.1f}, standard error {collapse.nu_std_:.2f}")
    nu = 1.0, standard error 0.02
    """

    critical_temperature_: float
    nu_: float
    theta_: float
    correction_: float
    critical_temperature_std_: float
    nu_std_: float
    theta_std_: float
    correction_std_: float
    critical_temperature_interval_: tuple[float, float]
    nu_interval_: tuple[float, float]
    theta_interval_: tuple[float, float]
    correction_interval_: tuple[float, float]
    quality_: float
    p_value_: float
    resamples_: pd.DataFrame

    def __init__(
        self,
        *,
        critical_temperature: float | None = None,
        nu: float | None = None,
        theta: float | None = None,
        correction_exponent: float | None = None,
        n_resamples: int = 200,
        confidence_level: float = 0.95,
        random_state: RandomState = None,
    ) -> None:
        self.critical_temperature = critical_temperature
        self.nu = nu
        self.theta = theta
        self.correction_exponent = correction_exponent
        self.n_resamples = n_resamples
        self.confidence_level = confidence_level
        self.random_state = random_state

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        yerr: ArrayLike,
        size: ArrayLike,
        *,
        resamples: ArrayLike | None = None,
    ) -> Self:
        """Collapse curves of several sizes.

        Parameters
        ----------
        x : array-like of shape (n,)
            Temperatures, on both sides of the critical one; or reduced temperatures, or fields.
        y : array-like of shape (n,)
            The value measured at each; for accuracies, 1 - accuracy.
        yerr : array-like of shape (n,)
            Standard errors of `y`, above 0.
        size : array-like of shape (n,)
            Linear sizes: at least two different ones, and three if both `theta` and a correction to
            scaling are fitted.
        resamples : array-like of shape (n, n_resamples), default=None
            `y` of resampled raw data, from the second return value of `accuracy_curve`. The
            parameters' errors then include correlations between curves. None draws independent
            normal noise of standard deviation `yerr` for each measurement.

        Returns
        -------
        self : DataCollapse

        Raises
        ------
        TypeError, ValueError
            If a parameter or an array is not as described, a size has a temperature twice, or the
            temperatures lie on one side of the critical one.
        """
        given = self._check_parameters()
        n_amplitudes = (self.theta is None) + (self.correction_exponent is not None)
        x, y, yerr, size = check_curves(x, y, yerr, size, 1 + n_amplitudes)
        if resamples is not None:
            resamples = check_resamples(resamples, len(y))
        self._check_sides(x, given["critical_temperature"], "critical_temperature was given as")
        # The optimiser gets sizes and values of order 1. No result depends on these units.
        self._size_unit = np.exp(np.mean(np.log(size)))
        self._y_unit = _unit_of(y, yerr)
        self._omega = given["correction_exponent"] or 0.0
        relative = size / self._size_unit
        data = Measurements(
            x, y / self._y_unit, yerr / self._y_unit, np.log(relative), relative**-self._omega
        )
        fixed = _fixed_parameters(given)
        models = fit_models(data, fixed)
        weights = np.array([model.weight for model in models])
        estimate = weights @ [self._in_input_units(model.parameters) for model in models]
        self._check_sides(x, estimate[0], "the data collapse best at")
        self._set_master_curve(data, models[np.argmax(weights)], estimate)
        fits = self._fit_resamples(data, models, weights, np.isnan(fixed), resamples)
        self.resamples_ = pd.DataFrame(fits, columns=_PARAMETERS)
        self._set_estimates(estimate, given)
        return self

    def transform(
        self, x: ArrayLike, y: ArrayLike, yerr: ArrayLike, size: ArrayLike
    ) -> pd.DataFrame:
        """Map measurements to the coordinates in which they collapse.

        Parameters
        ----------
        x, y, yerr, size : array-like of shape (n,)
            As in `fit`, in any number; `yerr` may be 0.

        Returns
        -------
        collapsed : DataFrame of shape (n, 4)
            Columns: `size`, unchanged; `x`, (x - critical_temperature) size^(1 / nu); `y` and
            `yerr`, both times size^theta / (1 + correction size^(-correction_exponent)).

        Raises
        ------
        NotFittedError
            If `fit` has not been called.
        TypeError, ValueError
            If an array is not as described.
        """
        check_is_fitted(self)
        x, y, yerr, size = check_measurements(
            positive=("size",), not_negative=("yerr",), x=x, y=y, yerr=yerr, size=size
        )
        factor = size**self.theta_ / (1 + self.correction_ * size**-self._omega)
        return pd.DataFrame(
            {
                "size": size,
                "x": (x - self.critical_temperature_) * size ** (1 / self.nu_),
                "y": y * factor,
                "yerr": yerr * factor,
            }
        )

    def scaling_function(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the master curve F: the spline of largest weight.

        Parameters
        ----------
        x : array-like
            Scaled temperatures, (x - critical_temperature) size^(1 / nu).

        Returns
        -------
        F : ndarray of the same shape
            In the units of `transform`; NaN outside the range of the fitted data.

        Raises
        ------
        NotFittedError
            If `fit` has not been called.
        """
        check_is_fitted(self)
        z = as_numbers(x, "x").astype(np.float64) / self._size_unit ** (1 / self.nu_)
        low, high = self._spline.t[[0, -1]]
        margin = 1e-9 * (high - low)
        inside = (z >= low - margin) & (z <= high + margin)
        curve = self._spline(np.clip(z, low, high)) * self._y_unit * self._size_unit**self.theta_
        return np.where(inside, curve, np.nan)

    def _check_parameters(self):
        """Return the given parameters as a dict of Python numbers and None."""
        given = {}
        for name, check in (
            ("critical_temperature", check_finite),
            ("nu", check_positive),
            ("theta", check_finite),
            ("correction_exponent", check_positive),
        ):
            value = getattr(self, name)
            given[name] = None if value is None else check(value, name)
        given["n_resamples"] = check_integer(self.n_resamples, "n_resamples", minimum=2)
        given["confidence_level"] = check_fraction(self.confidence_level, "confidence_level")
        return given

    def _in_input_units(self, parameters):
        """Return critical_temperature, nu, theta and correction, for sizes as they were given."""
        x_critical, log_nu, theta, correction = parameters
        correction *= self._size_unit**self._omega
        return np.array([x_critical, np.exp(log_nu), theta, correction])

    def _check_sides(self, x, critical_temperature, origin):
        if critical_temperature is not None and not x.min() < critical_temperature < x.max():
            raise ValueError(
                f"x must hold temperatures on both sides of the critical one: {origin} "
                f"{critical_temperature:.6g}, and x goes from {x.min():.6g} to {x.max():.6g}. "
                "Add temperatures on the missing side."
            )

    def _fit_resamples(self, data, models, weights, free, resamples):
        """Return the parameters fitted to each resampled data set (n_resamples, 4)."""
        rng = check_random_state(self.random_state)
        n_resamples = self.n_resamples if resamples is None else resamples.shape[1]
        fits = []
        for i, k in enumerate(rng.choice(len(models), size=n_resamples, p=weights)):
            model = models[k]
            if resamples is None:
                y = data.y + rng.normal(scale=data.yerr * model.noise_scale)
            else:
                y = resamples[:, i] / self._y_unit
            fit = minimize_chi2(data._replace(y=y), model.knots, model.parameters, free)
            fits.append(self._in_input_units(fit))
        return np.array(fits)

    def _set_master_curve(self, data, model, estimate):
        """Fit the spline of a model at the averaged parameters."""
        x_critical, nu, theta, correction = estimate
        correction /= self._size_unit**self._omega
        parameters = np.array([x_critical, np.log(nu), theta, correction])
        # The model's knots end at the data scaled by its own parameters, not by the averaged ones.
        z = scaled_positions(data, parameters)
        knots = model.knots.copy()
        knots[knots == knots[0]] = min(knots[0], z.min())
        knots[knots == knots[-1]] = max(knots[-1], z.max())
        self._spline = SplineCollapse(data, knots).solve(parameters)[2]
        self.quality_ = model.chi2 / model.n_dof
        self.p_value_ = float(stats.chi2.sf(model.chi2, model.n_dof))

    def _set_estimates(self, estimate, given):
        n_std = float(stats.norm.ppf(0.5 + 0.5 * given["confidence_level"]))
        fixed_parameters = _fixed_parameters(given)
        for name, value, fixed in zip(
            _PARAMETERS, estimate.tolist(), fixed_parameters, strict=True
        ):
            if not np.isnan(fixed):
                # The exact input. A fixed correction is always 0: it has no input of its own.
                value = 0.0 if name == "correction" else given[name]
            std = float(self.resamples_[name].std()) if np.isnan(fixed) else 0.0
            setattr(self, f"{name}_", value)
            setattr(self, f"{name}_std_", std)
            setattr(self, f"{name}_interval_", (value - n_std * std, value + n_std * std))


def _fixed_parameters(given):
    """Return x_c, log nu, theta and c (4,), each NaN if it is fitted."""
    log_nu = None if given["nu"] is None else np.log(given["nu"])
    correction = 0.0 if given["correction_exponent"] is None else None
    values = (given["critical_temperature"], log_nu, given["theta"], correction)
    return np.array([np.nan if value is None else value for value in values])


def _unit_of(y, yerr):
    """Return the root mean square of y, or of yerr where y is 0 throughout."""
    values = y if y.any() else yerr
    # A power of 2 keeps squares from overflowing, and is exact.
    exponent = np.frexp(np.abs(values).max())[1]
    scaled = np.sqrt(np.mean(np.ldexp(values, -exponent) ** 2))
    low, high = np.ldexp([yerr.min(), yerr.max()], -exponent) / scaled
    if not 1e-100 <= low <= high <= 1e100:
        raise ValueError(
            "yerr must be from 1e-100 to 1e100 times the root mean square of y, or weights "
            f"overflow; got yerr from {low:g} to {high:g} times it."
        )
    return np.ldexp(scaled, exponent)
