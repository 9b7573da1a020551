"""Observables, or probabilities of a phase, against temperature, with their crossing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from .._validation import check_finite
from ..scaling import Crossing
from ._checks import check_frame
from ._drawing import (
    BLACK,
    as_axes,
    block_size_label,
    draw_series,
    lattice_size_label,
    mark_temperature,
    split_into_series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure

_SIZE_LABELS = {"size": lattice_size_label, "block_size": block_size_label}


class CurveDisplay:
    """Values against temperature with their errors, one curve for each size.

    Parameters
    ----------
    curve : DataFrame
        From `skising.scaling.observable_curve` or `skising.scaling.order_curve`: `temperature`,
        `error`, and either `size` and `value`, or `block_size` and `probability`.
    crossing : Crossing, default=None
        Of the same curves, from `skising.scaling.crossing`. Its pairs are marked as points, and its
        temperature, with its standard error, as a vertical band. None marks none.
    critical_temperature : float, default=None
        Where to draw a vertical line, such as the exact critical temperature. None draws none.
    quantity : str, default=None
        The quantity in TeX, for the label of the y axis. None names the column.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        Sorted by size.
    crossings_ : matplotlib ErrorbarContainer or None
        The crossings of pairs of sizes, with their errors.

    Examples
    --------
    >>> import pandas as pd
    >>> from skising.display import CurveDisplay
    >>> curve = pd.DataFrame(
    ...     {
    ...         "size": [8, 8, 16, 16],
    ...         "temperature": [2.2, 2.4, 2.2, 2.4],
    ...         "value": [0.63, 0.57, 0.64, 0.49],
    ...         "error": [0.01, 0.01, 0.01, 0.01],
    ...     }
    ... )
    >>> display = CurveDisplay.from_frame(curve, quantity="U")
    >>> [curve.get_label() for curve in display.curves_]
    ['$L = 8$', '$L = 16$']
    """

    ax_: Axes
    figure_: Figure | SubFigure
    curves_: list[ErrorbarContainer]
    crossings_: ErrorbarContainer | None

    def __init__(
        self,
        curve: pd.DataFrame,
        *,
        crossing: Crossing | None = None,
        critical_temperature: float | None = None,
        quantity: str | None = None,
    ) -> None:
        self.curve = curve
        self.crossing = crossing
        self.critical_temperature = critical_temperature
        self.quantity = quantity

    @classmethod
    def from_frame(
        cls,
        curve: pd.DataFrame,
        *,
        crossing: Crossing | None = None,
        critical_temperature: float | None = None,
        quantity: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw given curves.

        Parameters
        ----------
        curve, crossing, critical_temperature, quantity
            As for the class.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : CurveDisplay

        Raises
        ------
        TypeError, ValueError
            As for `plot`.
        """
        display = cls(
            curve, crossing=crossing, critical_temperature=critical_temperature, quantity=quantity
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the curves, their crossings and the critical temperature.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : CurveDisplay

        Raises
        ------
        TypeError, ValueError
            If the curve is not a DataFrame, lacks a column, has no row, or holds other than finite
            numbers, or NaN in the value and its error; if `crossing` is not a `Crossing`, or
            `critical_temperature` is not a finite number.
        """
        is_order_curve = hasattr(self.curve, "columns") and "probability" in self.curve
        size, value = ("block_size", "probability") if is_order_curve else ("size", "value")
        curve = check_frame(
            self.curve,
            "curve",
            [size, "temperature", value, "error"],
            positive=(size,),
            not_negative=("error",),
            may_be_nan=(value, "error"),
        )
        if self.crossing is not None and not isinstance(self.crossing, Crossing):
            raise TypeError(
                f"crossing must be what skising.scaling.crossing returns; got {self.crossing!r}."
            )
        line = self.critical_temperature
        line = None if line is None else check_finite(line, "critical_temperature")
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        series = split_into_series(curve, {size: _SIZE_LABELS[size]})
        self.curves_ = draw_series(ax, series, "temperature", value, "error", **kwargs)
        self.crossings_ = None if self.crossing is None else _mark_crossing(ax, self.crossing)
        if line is not None:
            mark_temperature(ax, line)
        quantity = value.capitalize() if self.quantity is None else f"${self.quantity}$"
        ax.set(xlabel="Temperature $T$ ($J/k_B$)", ylabel=quantity)
        ax.legend(frameon=False)
        return self


def _mark_crossing(ax, crossing):
    """Draw the crossing of each pair, and the band of the final temperature."""
    T, error, pairs, _ = crossing
    if pd.notna(T):
        ax.axvspan(T - error, T + error, color="0.6", alpha=0.4, linewidth=0, zorder=0)
    return ax.errorbar(
        pairs["temperature"],
        pairs["value"],
        pairs["value_error"],
        pairs["error"],
        label="crossings",
        color=BLACK,
        marker="x",
        markersize=6,
        linestyle="",
        capsize=2,
        zorder=3,
    )
