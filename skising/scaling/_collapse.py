"""Finite-size scaling by data collapse, with error bars."""

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._validation import check_finite, check_fraction, check_integer, check_positive
from ._master_curve import (
    Measurements,
    SplineCollapse,
    fit_models,
    least_chi2,
    scaled_positions,
)
from ._measurements import check_curves, check_measurements, check_resamples

_NAMES = ("critical_temperature", "nu", "theta", "correction")


class DataCollapse(BaseEstimator):
    """Critical temperature and exponents from curves of several sizes that fall onto one.

    The scaling hypothesis is Eq. 11 of Phys. Rev. E 108, 065304 (2023), ::

        y = size^(-theta) F((x - critical_temperature) size^(1 / nu)),

    where for the accuracy A of a phase classification y is the *error* 1 - A and size is the block
    size l. `theta` is positive where y falls as the size grows: beta / nu for a magnetisation,
    -gamma / nu for a susceptibility, and 0 for a Binder cumulant. Corrections to scaling, which
    small sizes may need, multiply this by ``1 + correction size^(-correction_exponent)``.

    F is a cubic spline, which may have a kink at the critical temperature (an accuracy has one,
    where the right answer changes) but no jump. chi-square is minimised over F, the temperature and
    the exponents at once, for several numbers of knots, with a kink and without. The parameters are
    averages over these by Akaike's weights, so that their errors also cover what is not known about
    F [1]_.

    Parameters
    ----------
    critical_temperature, nu, theta : float, default=None
        A number holds the parameter at it; None fits it.
    correction_exponent : float, default=None
        Exponent omega > 0 of the correction to scaling, whose size is then fitted. None is no
        correction. Data rarely tell of omega itself: see how the results change with it.
    n_resamples : int, default=200
        How often the fit is repeated on resampled data, for the errors.
    confidence_level : float, default=0.95
        Of the intervals, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Draws the resampled data. An int makes `fit` repeat itself.

    Attributes
    ----------
    critical_temperature_, nu_, theta_, correction_ : float
        What collapses the data best; without `correction_exponent` the correction is 0.
    critical_temperature_std_, nu_std_, theta_std_, correction_std_ : float
        Standard errors: the standard deviations of `resamples_`; 0 for what is held fixed.
    critical_temperature_interval_, nu_interval_, theta_interval_, correction_interval_ : tuple
        Confidence intervals, lower end first: the normal ones of those standard errors.
    quality_ : float
        chi-square per degree of freedom of the collapse onto the spline of largest weight: 1 if
        errors explain all of the scatter about it, much more if the curves do not collapse. Where
        it is above 1, the resampled noise is enlarged by its square root.
    p_value_ : float
        Probability of so large a chi-square or a larger one, if the hypothesis holds.
    resamples_ : DataFrame of shape (n_resamples, 4)
        The parameters fitted to each resampling.

    Notes
    -----
    The hypothesis holds near the critical temperature and for large sizes. Where `quality_` is
    above 1, leave out what is far from it, or the smallest sizes, until nothing changes; or give a
    `correction_exponent`, which takes small sizes along at the cost of larger errors.

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
    >>> abs(collapse.nu_ - 1) < 3 * collapse.nu_std_ < 0.2
    True
    """

    def __init__(
        self,
        *,
        critical_temperature=None,
        nu=None,
        theta=None,
        correction_exponent=None,
        n_resamples=200,
        confidence_level=0.95,
        random_state=None,
    ):
        self.critical_temperature = critical_temperature
        self.nu = nu
        self.theta = theta
        self.correction_exponent = correction_exponent
        self.n_resamples = n_resamples
        self.confidence_level = confidence_level
        self.random_state = random_state

    def fit(self, x, y, yerr, size, *, resamples=None):
        """Collapse curves of several sizes.

        Parameters
        ----------
        x : array-like of shape (n,)
            Temperatures, on both sides of the critical one.
        y : array-like of shape (n,)
            What was measured at each; for accuracies, 1 - accuracy.
        yerr : array-like of shape (n,)
            Standard errors of `y`, above 0.
        size : array-like of shape (n,)
            Linear sizes: two different ones at least, and three if both `theta` and a correction to
            scaling are fitted.
        resamples : array-like of shape (n, n_resamples), default=None
            `y` on resampled raw data, as `accuracy_curve` returns it for whole lattices; the
            errors are then those of these data, correlations between curves included. None draws
            normal noise of standard deviation `yerr`, independent for each measurement.

        Returns
        -------
        self : DataCollapse

        Raises
        ------
        TypeError, ValueError
            If a parameter or an array is not as described, a size has a temperature twice, or the
            temperatures lie on one side of the critical one.
        """
        self._check_parameters()
        n_amplitudes = (self.theta is None) + (self.correction_exponent is not None)
        x, y, yerr, size = check_curves(x, y, yerr, size, 1 + n_amplitudes)
        if resamples is not None:
            resamples = check_resamples(resamples, len(y))
        self._check_sides(x, self.critical_temperature, "critical_temperature was given as")
        # Of order 1 for the optimiser; no result depends on either.
        self._size_unit = np.exp(np.mean(np.log(size)))
        self._y_unit = np.sqrt(np.mean(y**2)) or 1.0
        self._omega = self.correction_exponent or 0.0
        relative = size / self._size_unit
        data = Measurements(
            x, y / self._y_unit, yerr / self._y_unit, np.log(relative), relative**-self._omega
        )
        fixed = self._fixed()
        models = fit_models(data, fixed)
        weights = np.array([model.weight for model in models])
        estimate = weights @ [self._natural(model.parameters) for model in models]
        self._check_sides(x, estimate[0], "the data collapse best at")
        self._keep_curve(data, models[np.argmax(weights)], estimate)
        draws = self._resample(data, models, weights, np.isnan(fixed), resamples)
        self.resamples_ = pd.DataFrame(draws, columns=_NAMES)
        self._keep_estimates(estimate)
        return self

    def transform(self, x, y, yerr, size):
        """Map measurements to the coordinates in which they collapse.

        Parameters
        ----------
        x, y, yerr, size : array-like of shape (n,)
            As in `fit`; a curve may have any number of points.

        Returns
        -------
        collapsed : DataFrame of shape (n, 4)
            `size` as it came; `x`, which is (x - critical_temperature) size^(1 / nu); `y` and
            `yerr`, which are multiplied by size^theta, and divided by the correction to scaling.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError, ValueError
            If an array is not as described.
        """
        check_is_fitted(self)
        x, y, yerr, size = check_measurements(
            positive=("yerr", "size"), x=x, y=y, yerr=yerr, size=size
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

    def scaling_function(self, x):
        """Return the master curve F, by the spline of largest weight.

        Parameters
        ----------
        x : array-like
            Scaled temperatures, (x - critical_temperature) size^(1 / nu).

        Returns
        -------
        F : ndarray of the same shape
            In the units of `transform`; NaN outside the range of the fit.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        z = np.asarray(x, dtype=np.float64) / self._size_unit ** (1 / self.nu_)
        low, high = self._spline.t[[0, -1]]
        margin = 1e-9 * (high - low)
        inside = (z >= low - margin) & (z <= high + margin)
        curve = self._spline(np.clip(z, low, high)) * self._y_unit * self._size_unit**self.theta_
        return np.where(inside, curve, np.nan)

    def _check_parameters(self):
        for name, check in (
            ("critical_temperature", check_positive),
            ("nu", check_positive),
            ("theta", check_finite),
            ("correction_exponent", check_positive),
        ):
            if getattr(self, name) is not None:
                check(getattr(self, name), name)
        check_integer(self.n_resamples, "n_resamples", minimum=2)
        check_fraction(self.confidence_level, "confidence_level")

    def _fixed(self):
        correction = 0.0 if self.correction_exponent is None else None
        given = (self.critical_temperature, self.nu and np.log(self.nu), self.theta, correction)
        return np.array([np.nan if value is None else float(value) for value in given])

    def _natural(self, parameters):
        x_critical, log_nu, theta, correction = parameters
        correction *= self._size_unit**self._omega
        return np.array([x_critical, np.exp(log_nu), theta, correction])

    def _check_sides(self, x, critical_temperature, origin):
        if critical_temperature is not None and not x.min() < critical_temperature < x.max():
            raise ValueError(
                f"x must hold temperatures on both sides of the critical one: {origin} "
                f"{critical_temperature:.6g}, and x goes from {x.min():.6g} to {x.max():.6g}. "
                "Add temperatures on the side that is missing."
            )

    def _resample(self, data, models, weights, free, resamples):
        rng = check_random_state(self.random_state)
        n_resamples = self.n_resamples if resamples is None else resamples.shape[1]
        draws = []
        for i, chosen in enumerate(rng.choice(len(models), size=n_resamples, p=weights)):
            model = models[chosen]
            if resamples is None:
                y = data.y + rng.normal(scale=data.yerr * model.noise_scale)
            else:
                y = resamples[:, i] / self._y_unit
            draw = least_chi2(data._replace(y=y), model.knots, model.parameters, free)
            draws.append(self._natural(draw))
        return np.array(draws)

    def _keep_curve(self, data, model, estimate):
        x_critical, nu, theta, correction = estimate
        correction /= self._size_unit**self._omega
        parameters = np.array([x_critical, np.log(nu), theta, correction])
        # The averages are not quite the parameters of this model, whose knots ended at the data.
        z = scaled_positions(data, parameters)
        knots = model.knots.copy()
        knots[knots == knots[0]] = min(knots[0], z.min())
        knots[knots == knots[-1]] = max(knots[-1], z.max())
        self._spline = SplineCollapse(data, knots).solve(parameters)[2]
        self.quality_ = model.chi2 / model.n_dof
        self.p_value_ = float(stats.chi2.sf(model.chi2, model.n_dof))

    def _keep_estimates(self, estimate):
        deviation = float(stats.norm.ppf(0.5 + 0.5 * self.confidence_level))
        for name, value, fixed in zip(_NAMES, estimate.tolist(), self._fixed(), strict=True):
            if not np.isnan(fixed):
                # What was given, without rounding. A correction is never given: it is 0 or fitted.
                value = 0.0 if name == "correction" else float(getattr(self, name))
            std = float(self.resamples_[name].std()) if np.isnan(fixed) else 0.0
            setattr(self, f"{name}_", value)
            setattr(self, f"{name}_std_", std)
            setattr(self, f"{name}_interval_", (value - deviation * std, value + deviation * std))
