"""Widths of temperature windows against block size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from .._validation import check_columns
from ..scaling import PowerLaw
from ._checks import check_frame
from ._drawing import (
    BLACK,
    as_axes,
    draw_series,
    expand_aliases,
    n_blocks_label,
    split_into_series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


class TemperatureWindowDisplay:
    """Width of the temperature window of low accuracy against block size, on logarithmic axes.

    It is drawn as in Fig. 5(b) of Phys. Rev. E 108, 065304 (2023): a power law with `x_offset` 0 is
    a straight line.

    Parameters
    ----------
    windows : DataFrame
        With the columns of `skising.scaling.temperature_window`: block_size, n_blocks, width, and
        width_error, its standard error. If a column threshold is added, each of its values gives
        one series. Rows whose width is NaN are not drawn; a width whose `width_error` is NaN is
        drawn without a bar. All other numbers are finite, and the widths are above 0.
    power_law : PowerLaw, default=None
        A power law fitted to block_size and width. None draws no line.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        Sorted by threshold, then by number of blocks where one block size has several.
    power_law_ : matplotlib Line2D or None

    Examples
    --------
    >>> import pandas as pd
    >>> from skising.display import TemperatureWindowDisplay
    >>> windows = pd.DataFrame(
    ...     {
    ...         "block_size": [8, 16, 32],
    ...         "n_blocks": 1,
    ...         "width": [0.8, 0.39, 0.21],
    ...         "width_error": [0.02, 0.02, 0.02],
    ...     }
    ... )
    >>> display = TemperatureWindowDisplay.from_frame(windows)
    >>> display.ax_.get_xscale(), display.ax_.get_yscale()
    ('log', 'log')
    """

    ax_: Axes
    figure_: Figure | SubFigure
    curves_: list[ErrorbarContainer]
    power_law_: Line2D | None

    def __init__(self, windows: pd.DataFrame, *, power_law: PowerLaw | None = None) -> None:
        self.windows = windows
        self.power_law = power_law

    @classmethod
    def from_frame(
        cls,
        windows: pd.DataFrame,
        *,
        power_law: PowerLaw | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw given windows.

        Parameters
        ----------
        windows : DataFrame
            With the columns of `skising.scaling.temperature_window`.
        power_law : PowerLaw, default=None
            A power law fitted to block_size and width. None draws no line.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : TemperatureWindowDisplay

        Raises
        ------
        NotFittedError
            If `power_law` is not fitted.
        TypeError, ValueError
            If `windows` is not a DataFrame, lacks a column, has no row with a width, or holds
            numbers that are not as described; or if `power_law` is no PowerLaw.
        """
        return cls(windows, power_law=power_law).plot(ax, **kwargs)

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the widths and the power law.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        self : TemperatureWindowDisplay

        Raises
        ------
        NotFittedError
            If `power_law` is not fitted.
        TypeError, ValueError
            If `windows` is not a DataFrame, lacks a column, has no row with a width, or holds
            numbers that are not as described; or if `power_law` is no PowerLaw.
        """
        all_windows = _check_windows(self.windows)
        windows = all_windows.dropna(subset="width")
        check_columns(windows, "windows, without rows where width is NaN,", ["width"])
        if self.power_law is not None:
            _check_power_law(self.power_law)
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        ax.set(xscale="log", yscale="log")
        series = split_into_series(windows, _series_columns(windows))
        style = {"linestyle": ""} if self.power_law is not None else {}
        self.curves_ = draw_series(
            ax, series, "block_size", "width", "width_error", **(style | expand_aliases(kwargs))
        )
        self.power_law_ = self._draw_power_law(ax, all_windows.block_size)
        ax.set(xlabel=r"Block size $\ell$ (sites)", ylabel=r"Window $\Delta T$ ($J/k_B$)")
        _use_plain_ticks(ax, np.unique(windows.block_size))
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False)
        return self

    def _draw_power_law(self, ax, sizes):
        if self.power_law is None:
            return None
        law = self.power_law
        smallest = max(sizes.min() / 1.1, (sizes.min() + law.x_offset) / 2)
        x = np.geomspace(smallest, sizes.max() * 1.1, 100)
        exponent = rf"{law.exponent_:.2f} \pm {law.exponent_std_:.2f}"
        style = {"color": BLACK, "linewidth": 1, "linestyle": "--", "zorder": 0}
        ell = rf"(\ell {-law.x_offset:+g})" if law.x_offset else r"\ell"
        label = rf"$\Delta T \propto {ell}^{{{exponent}}}$"
        return ax.plot(x, law.predict(x), label=label, **style)[0]


def _check_windows(windows):
    return check_frame(
        windows,
        "windows",
        ["block_size", "n_blocks", "width", "width_error"],
        optional=("threshold",),
        # The axes are logarithmic.
        positive=("block_size", "n_blocks", "width"),
        not_negative=("width_error",),
        may_be_nan=("n_blocks", "width", "width_error"),
    )


def _check_power_law(law):
    if not isinstance(law, PowerLaw):
        raise TypeError(f"power_law must be a fitted PowerLaw or None; got {law!r}.")
    check_is_fitted(law)


def _series_columns(windows):
    """Return the columns that distinguish series, for `split_into_series`."""
    columns = {"threshold": "$A < {:g}$".format} if "threshold" in windows else {}
    # The number of blocks in a whole lattice depends on the block size. Numbers of blocks are
    # different series only if one block size has several.
    if windows.duplicated(["block_size", *columns]).any():
        columns["n_blocks"] = n_blocks_label
    return columns


def _use_plain_ticks(ax, x):
    """Put x ticks at the data, and write the ticks of both axes without powers of 10."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    ax.minorticks_off()
    ax.set_xticks(x)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
