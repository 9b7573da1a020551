"""A parameter of a data collapse against the range and the smallest size of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from .._validation import check_columns
from ._checks import check_frame
from ._drawing import BLACK, as_axes, draw_series, expand_aliases, split_into_series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

_SYMBOLS = {
    "critical_temperature": "$T_c$",
    "nu": r"$\nu$",
    "theta": r"$\theta$",
    "log_constant": "$C$",
    "correction": "$c$",
}
# Between neighbouring series, of the range of distances: their error bars would overlap.
_SHIFT = 0.012


class CollapseStabilityDisplay:
    """A parameter of a data collapse against the range of the fit, a series for each smallest size.

    A parameter that can be quoted stays on one level as the range shrinks. Open symbols mark fits
    whose p-value is below 0.05: the errors do not explain their scatter.

    Parameters
    ----------
    stability : DataFrame
        With the columns of `skising.scaling.collapse_stability`: smallest_size, distance, p_value,
        `parameter`, and its standard error in the column with ``_std`` at its end. Rows whose
        parameter is NaN are not drawn.
    parameter : str, default="nu"
        The column to draw.
    expected : float, default=None
        A known value, drawn as a horizontal line. None draws no line.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        Sorted by smallest size. They are shifted by a little in x, so that their error bars do not
        overlap.
    open_symbols_ : list of matplotlib Line2D
        One for each of `curves_`.
    expected_ : matplotlib Line2D or None

    Examples
    --------
    >>> import pandas as pd
    >>> from skising.display import CollapseStabilityDisplay
    >>> stability = pd.DataFrame(
    ...     {
    ...         "smallest_size": [8, 8, 16, 16],
    ...         "distance": [0.4, 0.2, 0.4, 0.2],
    ...         "nu": [0.91, 0.93, 0.95, 0.99],
    ...         "nu_std": [0.01, 0.01, 0.02, 0.03],
    ...         "p_value": [0.001, 0.2, 0.3, 0.6],
    ...     }
    ... )
    >>> display = CollapseStabilityDisplay.from_frame(stability, expected=1)
    >>> len(display.curves_)
    2
    """

    ax_: Axes
    figure_: Figure | SubFigure
    curves_: list[ErrorbarContainer]
    open_symbols_: list[Line2D]
    expected_: Line2D | None

    def __init__(
        self, stability: pd.DataFrame, *, parameter: str = "nu", expected: float | None = None
    ) -> None:
        self.stability = stability
        self.parameter = parameter
        self.expected = expected

    @classmethod
    def from_frame(
        cls,
        stability: pd.DataFrame,
        *,
        parameter: str = "nu",
        expected: float | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a given table.

        Parameters
        ----------
        stability : DataFrame
            With the columns of `skising.scaling.collapse_stability`.
        parameter : str, default="nu"
            The column to draw.
        expected : float, default=None
            A known value, drawn as a horizontal line. None draws no line.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : CollapseStabilityDisplay

        Raises
        ------
        TypeError, ValueError
            If `stability` is not a DataFrame, lacks a column, or has no row with the parameter.
        """
        return cls(stability, parameter=parameter, expected=expected).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the parameter with its standard errors.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : CollapseStabilityDisplay

        Raises
        ------
        TypeError, ValueError
            If `stability` is not a DataFrame, lacks a column, has no row with the parameter, or
            holds other than finite numbers, or NaN where there was no fit.
        """
        name, error = self.parameter, f"{self.parameter}_std"
        stability = check_frame(
            self.stability,
            "stability",
            ["smallest_size", "distance", name, error, "p_value"],
            positive=("smallest_size", "distance"),
            not_negative=(error, "p_value"),
            may_be_nan=(name, error, "p_value"),
        )
        rows = stability.dropna(subset=name)
        check_columns(rows, f"stability, without rows where {name} is NaN,", [name])
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        self.expected_ = None
        if self.expected is not None:
            self.expected_ = ax.axhline(
                self.expected, color=BLACK, linewidth=0.8, zorder=0, label=f"{self.expected:.4g}"
            )
        series = split_into_series(rows, {"smallest_size": r"$\ell \geq {:g}$".format})
        step = _SHIFT * rows["distance"].max()
        shifted = [
            (label, part.assign(distance=part["distance"] + (k - (len(series) - 1) / 2) * step))
            for k, (label, part) in enumerate(series)
        ]
        self.curves_ = draw_series(ax, shifted, "distance", name, error, **expand_aliases(kwargs))
        self.open_symbols_ = [
            self._draw_open(ax, part[part["p_value"] < 0.05], curve.lines[0])
            for (_, part), curve in zip(shifted, self.curves_, strict=True)
        ]
        ax.set(xlabel=r"Largest $|T - T_c|$ of the fit", ylabel=_SYMBOLS.get(name, name))
        ax.legend(frameon=False)
        return self

    def _draw_open(self, ax, rows, line):
        """Draw white symbols, in the style of a line, over some rows of its series."""
        return ax.plot(
            rows["distance"],
            rows[self.parameter],
            linestyle="",
            marker=line.get_marker(),
            markersize=line.get_markersize(),
            markerfacecolor="white",
            markeredgecolor=line.get_color(),
            zorder=3,
        )[0]
