"""A power law fitted to measurements with errors."""

import warnings
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import OptimizeWarning, curve_fit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from .._validation import check_finite
from ._checks import check_measurements

_UNDETERMINED = (
    "y must determine a power law together with yerr, whose values should be of similar size "
    "relative to y"
)


class PowerLaw(RegressorMixin, BaseEstimator):
    """Least-squares fit of y = amplitude (x - x_offset)^exponent to measurements with errors.

    chi-square is minimised in y, not in log y: normal errors of y give skewed errors of log y, and
    its mean is too small by half the squared relative error, most where y is small.

    Parameters
    ----------
    x_offset : float, default=0.0
        Subtracted from every x, which must exceed it. Fix it by what x means, not by the quality of
        the fit: a block of l sites has l - 1 bonds across, so 1 for block sizes.

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

    def __init__(self, *, x_offset: float = 0.0) -> None:
        self.x_offset = x_offset

    def fit(self, x: ArrayLike, y: ArrayLike, yerr: ArrayLike) -> Self:
        """Fit the power law.

        Parameters
        ----------
        x : array-like of shape (n,) or (n, 1)
            Above 0 and above `x_offset`, with at least two different values; e.g. block sizes.
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
            If `x_offset` or an array is not as described, or the fit does not converge.
        """
        x_offset = check_finite(self.x_offset, "x_offset")
        x, y, yerr = check_measurements(positive=("x", "y", "yerr"), x=x, y=y, yerr=yerr)
        if len(np.unique(x)) < 2:
            raise ValueError(
                f"x must hold at least two different values; got only {x[0]:g}. Add another."
            )
        shifted = _shifted(x, x_offset)
        # Relative to the mean of log x, offset and slope are almost uncorrelated.
        center = np.mean(np.log(shifted))
        log_x = np.log(shifted) - center
        with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
            # A parameter that is not determined is refused below.
            warnings.simplefilter("ignore", OptimizeWarning)
            warnings.simplefilter("ignore", np.exceptions.RankWarning)
            (offset, slope), covariance = _fit_exponential(log_x, y, yerr)
            amplitude = np.exp(offset - slope * center)
            # Of log amplitude = offset - slope * center.
            gradient = np.array([1, -center])
            amplitude_std = amplitude * np.sqrt(gradient @ covariance @ gradient)
            exponent_std = np.sqrt(covariance[1, 1])
            chi2 = np.sum(((y - amplitude * shifted**slope) / yerr) ** 2)
        if not np.isfinite([amplitude, amplitude_std, exponent_std, chi2]).all():
            raise ValueError(f"{_UNDETERMINED}; got numbers beyond the range of float64.")
        self._offset = x_offset
        self.amplitude_, self.amplitude_std_ = float(amplitude), float(amplitude_std)
        self.exponent_, self.exponent_std_ = float(slope), float(exponent_std)
        self.chi2_ = float(chi2)
        n_dof = len(y) - 2
        self.reduced_chi2_ = self.chi2_ / n_dof if n_dof else np.nan
        self.p_value_ = float(stats.chi2.sf(self.chi2_, n_dof)) if n_dof else np.nan
        return self

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return amplitude (x - x_offset)^exponent.

        Parameters
        ----------
        x : array-like of shape (n,) or (n, 1)
            Above 0 and above `x_offset`.

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
        return self.amplitude_ * _shifted(x, self._offset) ** self.exponent_


def _shifted(x, offset):
    """Return x - offset (n,); raise ValueError unless all are above 0."""
    if x.min() <= offset:
        first = int(np.argmax(x <= offset))
        raise ValueError(
            f"x must exceed x_offset, which is {offset:g}; got {x[first]:g} at index {first}. "
            "Leave out this x."
        )
    return x - offset


def _fit_exponential(u, y, yerr):
    """Return the parameters (a, b) of y = exp(a + b u) and their covariance."""
    slope, offset = np.polyfit(u, np.log(y), 1, w=y / yerr)
    try:
        return curve_fit(
            lambda u, a, b: np.exp(a + b * u),
            u,
            y,
            p0=(offset, slope),
            sigma=yerr,
            absolute_sigma=True,
            jac=lambda u, a, b: np.exp(a + b * u)[:, np.newaxis] * np.stack([0 * u + 1, u], axis=1),
        )
    except RuntimeError as error:
        raise ValueError(f"{_UNDETERMINED}; got a fit that does not converge: {error}") from error
