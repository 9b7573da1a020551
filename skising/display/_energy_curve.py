"""Predicted energy density against temperature."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .. import exact
from .._typing import LatticesLike
from .._validation import check_series, check_temperatures
from ..scaling._estimators import best_estimator
from ..scaling._grouping import merge_rounded
from ._checks import check_frame
from ._drawing import BLACK, BLUE, ORANGE, as_axes, expand_aliases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class EnergyCurveDisplay:
    """Predicted energy density against temperature.

    It is drawn as in Fig. 3(a) and (b) of Phys. Rev. E 108, 065304 (2023).

    Parameters
    ----------
    curve : DataFrame
        Columns: temperature, in units of J / k_B; energy, the mean prediction at each temperature,
        in units of J; optionally sigma, the spread over the blocks of a lattice (Eq. 4), and
        measured, the mean energy density of the lattices themselves, both in units of J. All are
        finite numbers.
    exact_curve : DataFrame, default=None
        Columns temperature and energy of a line for comparison. None draws no line.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    predicted_ : matplotlib ErrorbarContainer
    measured_, exact_ : matplotlib Line2D or None

    Examples
    --------
    >>> from skising import BlockAveragingRegressor, make_ising
    >>> from skising.display import EnergyCurveDisplay
    >>> ising = make_ising(120, 16, temperatures=[1.5, 2.0, 2.5, 3.0], random_state=0)
    >>> model = BlockAveragingRegressor(8, max_epochs=5, random_state=0)
    >>> model = model.fit(ising.data, ising.energy)
    >>> display = EnergyCurveDisplay.from_estimator(model, ising.data, ising.temperature)
    >>> display.curve.columns.tolist()
    ['temperature', 'energy', 'sigma']
    """

    ax_: Axes
    figure_: Figure | SubFigure
    predicted_: ErrorbarContainer
    measured_: Line2D | None
    exact_: Line2D | None

    def __init__(self, curve: pd.DataFrame, *, exact_curve: pd.DataFrame | None = None) -> None:
        self.curve = curve
        self.exact_curve = exact_curve

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: LatticesLike,
        temperature: ArrayLike,
        *,
        y: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Predict the energies of lattices and draw the mean at each temperature.

        Parameters
        ----------
        estimator : BlockAveragingRegressor
            Fitted to the energy density. A search, such as `GridSearchCV`, stands for its best
            estimator. In a pipeline, the last step is the regressor.
        X : array-like of shape (n_samples, n_rows, n_cols)
            Spins, each +1 or -1.
        temperature : array-like of shape (n_samples,)
            The temperature of each lattice, in units of J / k_B.
        y : array-like of shape (n_samples,), default=None
            The energy density of each lattice, in units of J, as returned by
            `skising.observables.energy_density`. None does not draw it.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : EnergyCurveDisplay

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `BlockAveragingRegressor.predict` and `from_predictions`, and if `estimator` does
            not predict a standard deviation.
        """
        energy, sigma = _check_regressor(best_estimator(estimator)).predict(X, return_std=True)
        return cls.from_predictions(temperature, energy, sigma=sigma, y=y, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        temperature: ArrayLike,
        y_pred: ArrayLike,
        *,
        sigma: ArrayLike | None = None,
        y: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the mean of predictions at each temperature, and the exact energy.

        Parameters
        ----------
        temperature : array-like of shape (n_samples,)
            The temperature of each lattice, in units of J / k_B.
        y_pred : array-like of shape (n_samples,)
            The predicted energy density of each lattice, in units of J.
        sigma : array-like of shape (n_samples,), default=None
            The standard deviation over the blocks of each lattice, sigma_Q, in units of J. Its root
            mean square at each temperature is drawn as a bar. None draws no bars.
        y : array-like of shape (n_samples,), default=None
            The energy density of each lattice, in units of J. None does not draw it.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : EnergyCurveDisplay

        Raises
        ------
        TypeError, ValueError
            If a temperature is not above zero, a number is not finite, or lengths differ.
        """
        temperature = check_temperatures(temperature, "temperature")
        columns = {"energy": (y_pred, "y_pred"), "sigma": (sigma, "sigma"), "measured": (y, "y")}
        frame = pd.DataFrame({"temperature": merge_rounded(temperature)})
        for column, (values, name) in columns.items():
            if values is not None:
                frame[column] = _check_one_per_lattice(values, name, len(temperature))
        if sigma is not None:
            frame["sigma"] **= 2
        curve = frame.groupby("temperature", as_index=False).mean()
        if sigma is not None:
            curve["sigma"] **= 0.5
        grid = np.linspace(temperature.min(), temperature.max(), 400)
        line = pd.DataFrame({"temperature": grid, "energy": exact.onsager_energy(grid)})
        return cls(curve, exact_curve=line).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : EnergyCurveDisplay

        Raises
        ------
        TypeError, ValueError
            If `curve` or `exact_curve` is not a DataFrame, lacks a column, has no row, or holds
            anything but finite numbers.
        """
        columns = ["temperature", "energy"]
        curve = check_frame(
            self.curve,
            "curve",
            columns,
            optional=("sigma", "measured"),
            not_negative=("sigma",),
            sort_by="temperature",
        )
        line = self.exact_curve
        if line is not None:
            line = check_frame(line, "exact_curve", columns, sort_by="temperature")
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        self.exact_ = self.measured_ = None
        if line is not None:
            (self.exact_,) = ax.plot(
                line.temperature, line.energy, color=BLACK, linewidth=1, label="exact, infinite"
            )
        temperature, sigma = curve.temperature, curve.get("sigma")
        if "measured" in curve:
            style: dict[str, Any] = {"color": BLACK, "marker": "x", "markersize": 5}
            (self.measured_,) = ax.plot(
                temperature, curve.measured, label="measured", linestyle="", zorder=3, **style
            )
        label = "predicted" if sigma is None else r"predicted $\pm\,\sigma_Q$"
        style = {"color": BLUE, "ecolor": ORANGE, "marker": "o", "linestyle": "", "label": label}
        style |= {"markersize": 4, "capsize": 2, "linewidth": 1.2}
        style |= expand_aliases(kwargs)
        self.predicted_ = ax.errorbar(temperature, curve.energy, sigma, **style)
        ax.set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Energy density $e$ ($J$)")
        ax.legend(frameon=False, loc="upper left")
        return self


def _check_regressor(estimator):
    """Return `estimator` if its `predict`, or that of its last step, takes `return_std`."""
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    predict = getattr(last, "predict", None)
    if (
        isinstance(last, type)
        or predict is None
        or "return_std" not in signature(predict).parameters
    ):
        raise TypeError(f"estimator must be a fitted BlockAveragingRegressor; got {estimator!r}.")
    return estimator


def _check_one_per_lattice(values, name, n_samples):
    values = check_series(values, name)
    if values.shape != (n_samples,):
        raise ValueError(
            f"{name} must hold one number for each lattice, in the shape ({n_samples},) of "
            f"temperature; got shape {values.shape}."
        )
    return values
