"""Finite-size scaling by data collapse, with standard errors of the fitted parameters."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.base import BaseEstimator

from .._typing import RandomState
from .._validation import check_random_state
from ._checks import check_curves, check_resamples
from ._collapse_parameters import (
    FORM_PARAMETERS,
    check_parameters,
    effective_sizes,
    fixed_parameters,
    form_of,
    unit_of,
)
from ._curve_columns import curve_columns
from ._fitted_collapse import FittedCollapse
from ._master_curve import Measurements, SplineCollapse
from ._spline_models import Neighbourhood, fit_models


class OneSidedError(ValueError):
    """The measurements lie on one side of the critical temperature."""


class DataCollapse(FittedCollapse, BaseEstimator):
    """Fit the critical temperature and exponents with which curves of several sizes collapse.

    The scaling hypothesis is Eq. 11 of Phys. Rev. E 108, 065304 (2023), ::

        y = s^(-theta) F((x - critical_temperature) s^(1 / nu)),   s = size - size_offset.

    For a phase classification of accuracy A, y is the *error* 1 - A and size is the block size l.
    `theta` is positive where y falls as the size grows: it is beta / nu for a magnetisation,
    -gamma / nu for a susceptibility, and 0 for a Binder cumulant and for the error 1 - A at a
    continuous transition. Small sizes may need corrections to scaling, a factor of
    ``1 + correction s^(-correction_exponent)`` in y.

    At a Berezinskii-Kosterlitz-Thouless transition the correlation length is not a power but
    exp(b / (x - critical_temperature)^(1/2)) [2]_. The form "bkt" therefore replaces s^(1 / nu) by
    the square of a logarithm, and `nu` by `log_constant`::

        y = s^(-theta) F((x - critical_temperature) (ln s + log_constant)^2).

    F is a cubic spline. It is continuous, and may have a kink at the critical temperature: an
    accuracy has one, because the right answer changes there. chi-square is minimised over F, the
    temperature and the exponents together, for several numbers of knots, with and without a kink.
    The parameters are averages over these fits with Akaike's weights, so that their errors include
    the uncertainty of F [1]_.

    Parameters
    ----------
    critical_temperature, nu, theta : float, default=None
        None fits the parameter; a number fixes it. The critical temperature may be 0 or below, as
        for reduced temperatures, T / T_c - 1, and fields. `nu` is for the form "power" only.
    log_constant : float, default=None
        The same for the form "bkt" only: -ln of the length, in the unit of `size`, at which the
        logarithm is 0.
    scaling_form : {"power", "bkt"}, default="power"
        How x scales with the size.
    size_offset : float, default=0.0
        Subtracted from every size, which must exceed it. Fix it by what the size means, not by the
        quality of the collapse: a block of l sites has l - 1 bonds across, so 1 for block sizes; 0
        for periodic lattices.
    correction_exponent : float, default=None
        Exponent omega > 0 of the correction to scaling. If it is given, the amplitude of the
        correction is fitted; None is no correction. The correction of the smallest size is at most
        twice the leading term. Data rarely determine omega: vary it and see how the results change.
    n_resamples : int, default=200
        How often the fit is repeated on resampled data, for the errors.
    confidence_level : float, default=0.95
        Confidence level of the intervals, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Draws the resampled data. Pass an int for reproducible results.

    Attributes
    ----------
    critical_temperature_, nu_, theta_, correction_ : float
        The parameters of the best collapse. Without `correction_exponent`, `correction_` is 0. The
        form "bkt" has `log_constant_` in place of `nu_`, here and below.
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
    data_ : DataFrame of shape (n, 4)
        The fitted measurements: columns `x`, `y`, `yerr`, `size`.

    See Also
    --------
    collapse_stability : How the parameters depend on the range of x and on the smallest size.

    Notes
    -----
    The hypothesis holds near the critical temperature and for large sizes. Where `quality_` is
    above 1, leave out temperatures far from it, or the smallest sizes, until the results no longer
    change. Or give a `correction_exponent`: small sizes can then be kept, and the errors grow.
    `quality_` near 1 is necessary but not sufficient: F can absorb part of a deviation from
    scaling. `collapse_stability` shows such a deviation.

    The knots of the splines do not depend on which parameters are given. With one parameter less
    given, the same chi-square is minimised over one parameter more, and does not rise. `quality_`
    may still rise: it is per degree of freedom, and other knots may have the largest weight.

    Quantities without dimension, such as accuracies and Binder cumulants, have theta = 0. Hold it:
    in synthetic Binder-like curves a free theta is off by half of its standard error in the mean,
    and the error of nu is 1.8 times as large.

    The standard errors describe the scatter of `yerr` or `resamples`. They do not contain an error
    that all measurements share, such as that of a temperature scale, of lattices out of
    equilibrium, or of a network that is trained once.

    With ln s + log_constant = ln(s / l_0), the argument of F in the form "bkt" is
    b^2 (ln(s / l_0) / ln(xi / l_0))^2 for x above the critical temperature. Corrections to this
    form fall only as powers of 1 / ln s.

    References
    ----------
    .. [1] K. P. Burnham and D. R. Anderson, "Model Selection and Multimodel Inference", 2nd ed.,
       Springer (2002), chapter 4.
    .. [2] J. M. Kosterlitz, "The critical properties of the two-dimensional xy model", J. Phys. C
       7, 1046 (1974).

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
    >>> collapse.summary()["estimate"].round(2)
    parameter
    critical_temperature    2.27
    nu                      1.02
    theta                   0.13
    Name: estimate, dtype: float64
    """

    def __init__(
        self,
        *,
        critical_temperature: float | None = None,
        nu: float | None = None,
        theta: float | None = None,
        correction_exponent: float | None = None,
        scaling_form: str = "power",
        log_constant: float | None = None,
        size_offset: float = 0.0,
        n_resamples: int = 200,
        confidence_level: float = 0.95,
        random_state: RandomState = None,
    ) -> None:
        self.critical_temperature = critical_temperature
        self.nu = nu
        self.theta = theta
        self.correction_exponent = correction_exponent
        self.scaling_form = scaling_form
        self.log_constant = log_constant
        self.size_offset = size_offset
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
            Linear sizes above `size_offset`: at least two different ones, and three if both `theta`
            and a correction to scaling are fitted.
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
        given = check_parameters(self)
        n_amplitudes = (self.theta is None) + (self.correction_exponent is not None)
        x, y, yerr, size = check_curves(x, y, yerr, size, 1 + n_amplitudes)
        sizes = effective_sizes(size, given["size_offset"])
        if resamples is not None:
            resamples = check_resamples(resamples, len(y))
        self._check_sides(x, given["critical_temperature"], "critical_temperature was given as")
        # The optimiser gets sizes and values of order 1. No result depends on these units.
        self._size_unit = np.exp(np.mean(np.log(sizes)))
        self._y_unit = unit_of(y, yerr)
        self._omega = given["correction_exponent"] or 0.0
        self._offset, self._form = given["size_offset"], form_of(given, sizes)
        self._names = ("critical_temperature", self._form.parameter, "theta", "correction")
        relative = sizes / self._size_unit
        data = Measurements(
            x,
            y / self._y_unit,
            yerr / self._y_unit,
            np.log(relative),
            relative**-self._omega,
            self._form,
        )
        fixed = fixed_parameters(given, self._form)
        models = fit_models(data, fixed)
        weights = np.array([model.weight for model in models])
        estimate = weights @ [self._in_input_units(model.parameters) for model in models]
        self._check_sides(x, estimate[0], "the data collapse best at")
        self._set_master_curve(data, models[np.argmax(weights)], estimate)
        fits = self._fit_resamples(data, models, weights, np.isnan(fixed), resamples)
        self.resamples_ = pd.DataFrame(fits, columns=self._names)
        self._set_estimates(estimate, given, np.isnan(fixed))
        self.data_ = pd.DataFrame({"x": x, "y": y, "yerr": yerr, "size": size})
        self._resampled_y = resamples
        return self

    def fit_curve(
        self,
        curve: pd.DataFrame,
        resamples: ArrayLike | None = None,
        *,
        value: str | None = None,
        size: str | None = None,
    ) -> Self:
        """Collapse the curves of a frame.

        It may come from `accuracy_curve`, `order_curve` or `observable_curve`.

        Parameters
        ----------
        curve : DataFrame
            One row for each measurement, with the column `temperature`, or x under this name, the
            columns `value` and `size`, and the standard errors in a column `error`, or, if there is
            one, in the column of the value's name with ``_error`` at its end.
        resamples : array-like of shape (len(curve), n_resamples), default=None
            The value of resampled raw data, as these functions return it. None draws normal noise.
        value : str, default=None
            The column of the observable. None takes the first of `accuracy`, `probability` and
            `value` that `curve` has. For the column `accuracy`, y is 1 - accuracy, also in
            `resamples`.
        size : str, default=None
            The column of the linear sizes. None takes `block_size`, or else `size`.

        Returns
        -------
        self : DataCollapse

        Raises
        ------
        TypeError, ValueError
            If `curve` is not a DataFrame, lacks a column or has no rows, or as for `fit`.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from skising.scaling import DataCollapse
        >>> curve = pd.DataFrame({"size": np.repeat([8, 16, 32], 15), "error": 0.01})
        >>> curve["temperature"] = np.tile(np.linspace(2.0, 2.6, 15), 3)
        >>> z = (curve["temperature"] - 2.27) * curve["size"]
        >>> curve["binder"] = 0.33 * (1 - np.tanh(z / 4))
        >>> collapse = DataCollapse(theta=0, random_state=0).fit_curve(curve, value="binder")
        >>> round(collapse.critical_temperature_, 3)
        2.27
        """
        columns = curve_columns(curve, value, size)
        if columns.is_accuracy and resamples is not None:
            resamples = 1 - check_resamples(resamples, len(curve))
        return self.fit(*columns.measurements, resamples=resamples)

    def _in_input_units(self, parameters):
        """Return the parameters of `_names`, for sizes as they were given less the offset."""
        x_critical, a, theta, correction = parameters
        correction *= self._size_unit**self._omega
        return np.array([x_critical, self._form.outer(a), theta, correction])

    def _check_sides(self, x, critical_temperature, origin):
        if critical_temperature is not None and not x.min() < critical_temperature < x.max():
            raise OneSidedError(
                f"x must hold temperatures on both sides of the critical one: {origin} "
                f"{critical_temperature:.6g}, and x goes from {x.min():.6g} to {x.max():.6g}. "
                "Add temperatures on the missing side."
            )

    def _fit_resamples(self, data, models, weights, free, resamples):
        """Return the parameters fitted to each resampled data set (n_resamples, 4)."""
        rng = check_random_state(self.random_state)
        n_resamples = self.n_resamples if resamples is None else resamples.shape[1]
        neighbourhoods, fits = {}, []
        for i, k in enumerate(rng.choice(len(models), size=n_resamples, p=weights)):
            model = models[k]
            if k not in neighbourhoods:
                neighbourhoods[k] = Neighbourhood(data, model.knots, model.parameters, free)
            if resamples is None:
                y = data.y + rng.normal(scale=data.yerr * model.noise_scale)
            else:
                y = resamples[:, i] / self._y_unit
            fits.append(self._in_input_units(neighbourhoods[k].minimum(y).parameters))
        return np.array(fits)

    def _set_master_curve(self, data, model, estimate):
        """Fit the spline of a model at the averaged parameters."""
        x_critical, form_parameter, theta, correction = estimate
        correction /= self._size_unit**self._omega
        parameters = np.array([x_critical, self._form.inner(form_parameter), theta, correction])
        self._spline = SplineCollapse(data, model.knots).solve(parameters)[2]
        self.quality_ = model.chi2 / model.n_dof
        self.p_value_ = float(stats.chi2.sf(model.chi2, model.n_dof))

    def _set_estimates(self, estimate, given, is_fitted):
        n_std = float(stats.norm.ppf(0.5 + 0.5 * given["confidence_level"]))
        for name, value, fitted in zip(self._names, estimate.tolist(), is_fitted, strict=True):
            if not fitted:
                # The exact input. A fixed correction is always 0: it has no input of its own.
                value = 0.0 if name == "correction" else given[name]
            std = float(self.resamples_[name].std()) if fitted else 0.0
            setattr(self, f"{name}_", value)
            setattr(self, f"{name}_std_", std)
            setattr(self, f"{name}_interval_", (value - n_std * std, value + n_std * std))
        # Of an earlier fit of the other form.
        for name in set(FORM_PARAMETERS.values()) - set(self._names):
            for end in ("_", "_std_", "_interval_"):
                vars(self).pop(name + end, None)
