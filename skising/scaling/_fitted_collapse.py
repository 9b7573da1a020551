"""What a collapse offers after its fit: results, scaled data and the master curve."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline
from sklearn.utils.validation import check_is_fitted

from .._numbers import as_numbers
from ._checks import check_measurements
from ._collapse_parameters import effective_sizes
from ._scaling_form import BKTForm, PowerForm


class FittedCollapse:
    """The results of a `DataCollapse`, whose `fit` sets all attributes."""

    critical_temperature_: float
    nu_: float
    log_constant_: float
    theta_: float
    correction_: float
    critical_temperature_std_: float
    nu_std_: float
    log_constant_std_: float
    theta_std_: float
    correction_std_: float
    critical_temperature_interval_: tuple[float, float]
    nu_interval_: tuple[float, float]
    log_constant_interval_: tuple[float, float]
    theta_interval_: tuple[float, float]
    correction_interval_: tuple[float, float]
    quality_: float
    p_value_: float
    resamples_: pd.DataFrame
    data_: pd.DataFrame
    confidence_level: float
    _names: tuple[str, ...]
    _form: PowerForm | BKTForm
    _offset: float
    _omega: float
    _size_unit: float
    _y_unit: float
    _spline: BSpline

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
            Columns: `size`, unchanged; `x`, (x - critical_temperature) s^(1 / nu) with
            s = size - size_offset, or that of the form "bkt"; `y` and `yerr`, both times
            s^theta / (1 + correction s^(-correction_exponent)).

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
        sizes = effective_sizes(size, self._offset)
        factor = sizes**self.theta_ / (1 + self.correction_ * sizes**-self._omega)
        stretch = self._form.factor(self._form_parameter(), sizes)
        return pd.DataFrame(
            {
                "size": size,
                "x": (x - self.critical_temperature_) * stretch,
                "y": y * factor,
                "yerr": yerr * factor,
            }
        )

    def scaling_function(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the master curve F: the spline of largest weight.

        Parameters
        ----------
        x : array-like
            Scaled temperatures, as the column `x` of `transform`.

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
        unit = self._form.factor(self._form_parameter(), self._size_unit)
        z = as_numbers(x, "x").astype(np.float64) / unit
        low, high = self._spline.t[[0, -1]]
        margin = 1e-9 * (high - low)
        inside = (z >= low - margin) & (z <= high + margin)
        curve = self._spline(np.clip(z, low, high)) * self._y_unit * self._size_unit**self.theta_
        return np.where(inside, curve, np.nan)

    def summary(self) -> pd.DataFrame:
        """Return the parameters with their errors as a table.

        Returns
        -------
        summary : DataFrame
            One row for each parameter of the hypothesis, with its name as the index. Columns:
            `estimate`; `std`, its standard error; `lower` and `upper`, the ends of its confidence
            interval; `fitted`, False for a parameter that was given.

        Raises
        ------
        NotFittedError
            If `fit` has not been called.
        """
        check_is_fitted(self)
        names = self._names if self._omega else self._names[:-1]
        rows = {
            name: (
                getattr(self, f"{name}_"),
                getattr(self, f"{name}_std_"),
                *getattr(self, f"{name}_interval_"),
                name == "correction" or getattr(self, name) is None,
            )
            for name in names
        }
        columns = ["estimate", "std", "lower", "upper", "fitted"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return table.rename_axis("parameter")

    def __str__(self) -> str:
        """Return the results as text, or the parameters before `fit`."""
        if not hasattr(self, "data_"):
            return repr(self)
        table = self.summary().rename_axis(None).to_string(float_format="{:.5g}".format)
        n_sizes = self.data_["size"].nunique()
        return (
            f"{self!r}\n{table}\n"
            f"quality {self.quality_:.3g}, p = {self.p_value_:.2g}; {len(self.data_)} measurements "
            f"of {n_sizes} sizes; {self.confidence_level:.4g} confidence intervals"
        )

    def _form_parameter(self):
        return getattr(self, f"{self._form.parameter}_")
