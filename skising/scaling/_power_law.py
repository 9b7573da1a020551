"""A power law fitted to measurements with errors."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import curve_fit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ._checks import check_measurements


class PowerLaw(RegressorMixin, BaseEstimator):
    """Least-squares fit of y = amplitude x^exponent to measurements with errors.

    chi-square is minimised in y, not in log y: normal errors of y give skewed errors of log y, and
    its mean is too small by half the squared relative error, most where y is small.

    Attributes
    ----------
    amplitude_, exponent_ : float
        The fitted parameters.
    amplitude_std_, exponent_std_ : float
        Their standard errors, which follow from `yerr`.
    chi2_ : float
        Sum of the squared residuals, in units of `yerr`.
    reduced_chi2_ : float
        chi-square per degree of freedom; NaN for two measurements, which a power law always fits.
    p_value_ : float
        Probability of a chi-square at least this large, if the power law holds; NaN for two
        measurements.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.scaling import PowerLaw
    >>> fit = PowerLaw().fit([8, 16, 32], [0.41, 0.20, 0.099], [0.01, 0.005, 0.002])
    >>> round(fit.exponent_, 1)
    -1.0
    >>> fit.predict([64]).round(2)
    array([0.05])
    """

    amplitude_: float
    exponent_: float
    amplitude_std_: float
    exponent_std_: float
    chi2_: float
    reduced_chi2_: float
    p_value_: float

    def fit(self, x: ArrayLike, y: ArrayLike, yerr: ArrayLike) -> Self:
        """Fit the power law.

        Parameters
        ----------
        x : array-like of shape (n,) or (n, 1)
            Above 0, with at least two different values; e.g. block sizes.
        y : array-like of shape (n,)
            Above 0; e.g. widths of `temperature_window`.
        yerr : array-like of shape (n,)
            Standard errors of `y`, above 0.

        Returns
        -------
        self : PowerLaw

        Raises
        ------
        TypeError, ValueError
            If an array is not as described.
        """
        x, y, yerr = check_measurements(positive=("x", "y", "yerr"), x=x, y=y, yerr=yerr)
        if len(np.unique(x)) < 2:
            raise ValueError(
                f"x must hold at least two different values; got only {x[0]:g}. Add another."
            )
        # Relative to the mean of log x, offset and slope are almost uncorrelated.
        center = np.mean(np.log(x))
        log_x = np.log(x) - center
        slope, offset = np.polyfit(log_x, np.log(y), 1, w=y / yerr)
        (offset, slope), covariance = curve_fit(
            lambda u, a, b: np.exp(a + b * u),
            log_x,
            y,
            p0=(offset, slope),
            sigma=yerr,
            absolute_sigma=True,
            jac=lambda u, a, b: np.exp(a + b * u)[:, np.newaxis] * np.stack([0 * u + 1, u], axis=1),
        )
        self.exponent_, self.exponent_std_ = float(slope), float(np.sqrt(covariance[1, 1]))
        self.amplitude_ = float(np.exp(offset - slope * center))
        # Of log amplitude = offset - slope * center.
        gradient = np.array([1, -center])
        self.amplitude_std_ = float(self.amplitude_ * np.sqrt(gradient @ covariance @ gradient))
        self.chi2_ = float(np.sum(((y - self.predict(x)) / yerr) ** 2))
        n_dof = len(x) - 2
        self.reduced_chi2_ = self.chi2_ / n_dof if n_dof else np.nan
        self.p_value_ = float(stats.chi2.sf(self.chi2_, n_dof)) if n_dof else np.nan
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return amplitude x^exponent.

        Parameters
        ----------
        x : array-like of shape (n,) or (n, 1)
            Above 0.

        Returns
        -------
        y : ndarray of shape (n,)

        Raises
        ------
        NotFittedError
            If `fit` has not been called.
        TypeError, ValueError
            If `x` is not as described.
        """
        check_is_fitted(self)
        (x,) = check_measurements(positive=("x",), x=x)
        return self.amplitude_ * x**self.exponent_
