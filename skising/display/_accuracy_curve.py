"""Accuracy against temperature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
from numpy.typing import ArrayLike

from .._typing import LatticesLike, RandomState
from ..scaling import accuracy_curve
from ..scaling._accuracy_curve import CURVE_COLUMNS
from ._checks import check_frame
from ._drawing import (
    as_axes,
    block_size_label,
    draw_series,
    mark_critical_temperature,
    n_blocks_label,
    split_into_series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure


class AccuracyCurveDisplay:
    """Accuracy of phase classification against temperature, with one curve for each block size.

    It is drawn as in Fig. 5(a) of Phys. Rev. E 108, 065304 (2023). Several numbers of blocks give
    one curve each.

    Parameters
    ----------
    curve : DataFrame
        With the columns of `skising.scaling.accuracy_curve`: block_size, n_blocks, temperature,
        accuracy, and error, its standard error. All are finite numbers; an `n_blocks` of NaN stands
        for all blocks.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        Sorted by block size, then number of blocks.

    Examples
    --------
    >>> import pandas as pd
    >>> from skising.display import AccuracyCurveDisplay
    >>> curve = pd.DataFrame(
    ...     {
    ...         "block_size": 8,
    ...         "n_blocks": 1,
    ...         "temperature": [1.6, 2.2, 2.4, 3.0],
    ...         "accuracy": [0.99, 0.80, 0.76, 0.98],
    ...         "error": [0.01, 0.02, 0.02, 0.01],
    ...     }
    ... )
    >>> display = AccuracyCurveDisplay.from_frame(curve)
    >>> display.ax_.get_ylabel()
    'Accuracy $A$'
    """

    ax_: Axes
    figure_: Figure | SubFigure
    curves_: list[ErrorbarContainer]

    def __init__(self, curve: pd.DataFrame) -> None:
        self.curve = curve

    @classmethod
    def from_frame(cls, curve: pd.DataFrame, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw given accuracy curves.

        Parameters
        ----------
        curve : DataFrame
            With the columns of `skising.scaling.accuracy_curve`.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : AccuracyCurveDisplay

        Raises
        ------
        TypeError, ValueError
            If `curve` is not a DataFrame, lacks a column, has no row, or holds anything but finite
            numbers.
        """
        return cls(curve).plot(ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: LatticesLike,
        y: ArrayLike,
        temperature: ArrayLike,
        *,
        n_blocks: int | Sequence[int | None] | None = 1,
        bins: int | ArrayLike | None = None,
        groups: ArrayLike | None = None,
        random_state: RandomState = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Classify lattices and draw the accuracy at each temperature.

        Parameters
        ----------
        estimator, X, y, temperature, n_blocks, bins, groups, random_state
            As for `skising.scaling.accuracy_curve`.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : AccuracyCurveDisplay

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `skising.scaling.accuracy_curve`.
        """
        curve = accuracy_curve(
            estimator,
            X,
            y,
            temperature,
            n_blocks=n_blocks,
            bins=bins,
            groups=groups,
            random_state=random_state,
        )
        return cls(curve).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the curves and the critical temperature.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : AccuracyCurveDisplay

        Raises
        ------
        TypeError, ValueError
            As `from_frame`.
        """
        curve = check_frame(
            self.curve,
            "curve",
            CURVE_COLUMNS,
            positive=("block_size", "n_blocks"),
            not_negative=("error",),
            may_be_nan=("n_blocks",),
        )
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        series = split_into_series(
            curve, {"block_size": block_size_label, "n_blocks": n_blocks_label}
        )
        self.curves_ = draw_series(ax, series, "temperature", "accuracy", "error", **kwargs)
        mark_critical_temperature(ax)
        ax.set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Accuracy $A$")
        ax.legend(frameon=False)
        return self
