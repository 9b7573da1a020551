"""Accuracy against temperature."""

from .._validation import check_columns
from ._drawing import (
    as_axes,
    draw_series,
    mark_critical_temperature,
    name_block_size,
    name_n_blocks,
    split_into_series,
)


class AccuracyCurveDisplay:
    """Accuracy of phase classification against temperature, a curve for each block size.

    As Fig. 5(a) of Phys. Rev. E 108, 065304 (2023). Where there are several numbers of blocks to
    predict from, each is a curve of its own.

    Parameters
    ----------
    curve : DataFrame
        With the columns of `skising.scaling.accuracy_curve`: block_size, n_blocks, temperature,
        accuracy and its standard error, error.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        By block size, then number of blocks.

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

    def __init__(self, curve):
        self.curve = curve

    @classmethod
    def from_frame(cls, curve, *, ax=None, **kwargs):
        """Draw accuracy curves that are known.

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
            If `curve` is no DataFrame, lacks a column, or has no row.
        """
        return cls(curve).plot(ax, **kwargs)

    @classmethod
    def from_estimator(
        cls, estimator, X, y, temperature, *, n_blocks=1, random_state=None, ax=None, **kwargs
    ):
        """Classify lattices and draw the accuracy at each temperature.

        Parameters
        ----------
        estimator, X, y, temperature, n_blocks, random_state
            As of `skising.scaling.accuracy_curve`.
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
            As `skising.scaling.accuracy_curve`.
        """
        from ..scaling import accuracy_curve

        curve = accuracy_curve(
            estimator, X, y, temperature, n_blocks=n_blocks, random_state=random_state
        )
        return cls(curve).plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the curves, and the critical temperature.

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
            If the curve is no DataFrame, lacks a column, or has no row.
        """
        columns = ["block_size", "n_blocks", "temperature", "accuracy", "error"]
        check_columns(self.curve, "curve", columns)
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        series = split_into_series(
            self.curve, {"block_size": name_block_size, "n_blocks": name_n_blocks}
        )
        self.curves_ = draw_series(ax, series, "temperature", "accuracy", "error", **kwargs)
        mark_critical_temperature(ax)
        ax.set(xlabel="Temperature $T$ ($J/k_B$)", ylabel="Accuracy $A$")
        ax.legend(frameon=False)
        return self
