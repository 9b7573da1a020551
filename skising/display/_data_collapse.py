"""Curves of several sizes, collapsed onto one master curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from ..scaling import DataCollapse
from ._checks import check_frame
from ._drawing import (
    BLACK,
    as_axes,
    block_size_label,
    draw_series,
    expand_aliases,
    split_into_series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class DataCollapseDisplay:
    """Data of several sizes on one curve, scaled by the powers of a data collapse.

    It is drawn as in Fig. 6 of Phys. Rev. E 108, 065304 (2023).

    Parameters
    ----------
    collapsed : DataFrame
        With the columns of `skising.scaling.DataCollapse.transform`: size, x, y and yerr, scaled
        such that the data of all sizes lie on the same curve. All are finite numbers.
    master_curve : DataFrame, default=None
        Columns x and y of that curve, with y = NaN where it is not known. None draws no curve.
    critical_temperature, nu, theta : float, default=None
        The parameters by which the data were scaled, for the axis labels. None writes the symbol.
    quantity : str, default="1 - A"
        The scaled quantity in TeX, for the label of the y axis.
    size_offset : float, default=0.0
        What was subtracted from the sizes, for the axis labels.
    log_constant : float, default=None
        For data scaled by the form "bkt", whose parameter it is, for the label of the x axis. None
        labels the form "power".

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        Sorted by size.
    master_curve_ : matplotlib Line2D or None

    Examples
    --------
    >>> import pandas as pd
    >>> from skising.display import DataCollapseDisplay
    >>> collapsed = pd.DataFrame(
    ...     {"size": [8, 16], "x": [-1.0, 2.0], "y": [0.3, 0.2], "yerr": [0.01, 0.01]}
    ... )
    >>> display = DataCollapseDisplay(collapsed, theta=0.12).plot()
    >>> len(display.curves_)
    2
    """

    ax_: Axes
    figure_: Figure | SubFigure
    curves_: list[ErrorbarContainer]
    master_curve_: Line2D | None

    def __init__(
        self,
        collapsed: pd.DataFrame,
        *,
        master_curve: pd.DataFrame | None = None,
        critical_temperature: float | None = None,
        nu: float | None = None,
        theta: float | None = None,
        quantity: str = "1 - A",
        size_offset: float = 0.0,
        log_constant: float | None = None,
    ) -> None:
        self.collapsed = collapsed
        self.master_curve = master_curve
        self.critical_temperature = critical_temperature
        self.nu = nu
        self.theta = theta
        self.quantity = quantity
        self.size_offset = size_offset
        self.log_constant = log_constant

    @classmethod
    def from_estimator(
        cls,
        collapse: DataCollapse,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        yerr: ArrayLike | None = None,
        size: ArrayLike | None = None,
        *,
        quantity: str = "1 - A",
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Scale data by a fitted collapse and draw them with the master curve.

        Parameters
        ----------
        collapse : DataCollapse
            Fitted.
        x, y, yerr, size : array-like of shape (n,), default=None
            Temperatures, values, their standard errors, and linear sizes, as for
            `DataCollapse.fit`. Without all four, the measurements that were fitted are drawn.
        quantity : str, default="1 - A"
            The quantity `y` in TeX, for the label of the y axis.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : DataCollapseDisplay

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As for `DataCollapse.transform`, and if `collapse` is no DataCollapse.
        """
        if not isinstance(collapse, DataCollapse):
            raise TypeError(f"collapse must be a fitted DataCollapse; got {collapse!r}.")
        check_is_fitted(collapse)
        measured: dict[str, Any] = {"x": x, "y": y, "yerr": yerr, "size": size}
        if all(values is None for values in measured.values()):
            measured = {name: collapse.data_[name] for name in measured}
        collapsed = collapse.transform(**measured)
        grid = np.linspace(collapsed["x"].min(), collapsed["x"].max(), 1000)
        if collapse.correction_:
            omega = f"{collapse.correction_exponent:g}"
            ell = _size_symbol(collapse.size_offset)
            correction = rf"1 {collapse.correction_:+.2g}\,{ell}^{{\,-{omega}}}"
            quantity = f"[{quantity}] / [{correction}]"
        display = cls(
            collapsed,
            master_curve=pd.DataFrame({"x": grid, "y": collapse.scaling_function(grid)}),
            critical_temperature=collapse.critical_temperature_,
            nu=getattr(collapse, "nu_", None),
            theta=collapse.theta_,
            quantity=quantity,
            size_offset=collapse.size_offset,
            log_constant=getattr(collapse, "log_constant_", None),
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the scaled data and the master curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : DataCollapseDisplay

        Raises
        ------
        TypeError, ValueError
            If `collapsed` or `master_curve` is not a DataFrame, lacks a column, has no row, or
            holds numbers that are not as described.
        """
        columns = ["size", "x", "y", "yerr"]
        collapsed = check_frame(
            self.collapsed, "collapsed", columns, positive=("size",), not_negative=("yerr",)
        )
        master_curve = self.master_curve
        if master_curve is not None:
            master_curve = check_frame(
                master_curve, "master_curve", ["x", "y"], may_be_nan=("y",), sort_by="x"
            )
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        self.master_curve_ = None
        if master_curve is not None:
            line = master_curve["x"], master_curve["y"]
            (self.master_curve_,) = ax.plot(
                *line, color=BLACK, linewidth=1, zorder=0, label="master curve"
            )
        series = split_into_series(collapsed, {"size": block_size_label})
        # Points without lines: all sizes together form the curve.
        self.curves_ = draw_series(
            ax, series, "x", "y", "yerr", **({"linestyle": ""} | expand_aliases(kwargs))
        )
        ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        tc = "T_c" if self.critical_temperature is None else f"{self.critical_temperature:.4f}"
        inverse = r"1/\nu" if self.nu is None else f"1/{self.nu:.3g}"
        theta = r"\theta" if self.theta is None else f"{self.theta:.3g}"
        ell = _size_symbol(self.size_offset)
        factor = rf"{ell}^{{\,{inverse}}}"
        if self.log_constant is not None:
            factor = rf"(\ln {ell} {self.log_constant:+.3g})^2"
        ax.set_xlabel(rf"$(T - {tc})\,{factor}$")
        ax.set_ylabel(rf"$({self.quantity})\,{ell}^{{\,{theta}}}$")
        ax.legend(frameon=False)
        return self


def _size_symbol(offset):
    """Return the size less the offset in TeX."""
    return rf"(\ell {-offset:+g})" if offset else r"\ell"
