"""Displays of what `skising.scaling` computes."""

import numpy as np
import pandas as pd

from ._drawing import (
    BLACK,
    as_axes,
    check_columns,
    draw_series,
    mark_critical_temperature,
    name_block_size,
    name_n_blocks,
    spelled_out,
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
        from ..scaling._accuracy import accuracy_curve

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


class TemperatureWindowDisplay:
    """Width of the temperature window of low accuracy against block size, on logarithmic axes.

    As Fig. 5(b) of Phys. Rev. E 108, 065304 (2023): a power law is a straight line.

    Parameters
    ----------
    windows : DataFrame
        With the columns of `skising.scaling.temperature_window`: block_size, n_blocks, width and
        its standard error, width_error. Rows of several thresholds may be in one frame, with a
        column threshold. Rows without a width (NaN) are not drawn.
    power_law : PowerLaw, default=None
        Fitted to block_size and width, to draw beside. None draws none.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        By threshold, then number of blocks where a size has several.
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

    def __init__(self, windows, *, power_law=None):
        self.windows = windows
        self.power_law = power_law

    @classmethod
    def from_frame(cls, windows, *, power_law=None, ax=None, **kwargs):
        """Draw windows that are known.

        Parameters
        ----------
        windows : DataFrame
            With the columns of `skising.scaling.temperature_window`.
        power_law : PowerLaw, default=None
            Fitted to block_size and width, to draw beside. None draws none.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For `matplotlib.axes.Axes.errorbar`.

        Returns
        -------
        display : TemperatureWindowDisplay

        Raises
        ------
        TypeError, ValueError
            If `windows` is no DataFrame, lacks a column, or has no row with a width.
        """
        return cls(windows, power_law=power_law).plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the widths, and the power law.

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
        TypeError, ValueError
            If `windows` is no DataFrame, lacks a column, or has no row with a width.
        """
        check_columns(self.windows, "windows", ["block_size", "n_blocks", "width", "width_error"])
        windows = self.windows.dropna(subset="width")
        check_columns(windows, "windows, without rows where width is NaN,", ["width"])
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        ax.set(xscale="log", yscale="log")
        series = split_into_series(windows, _series_of_windows(windows))
        style = {"linestyle": ""} if self.power_law is not None else {}
        self.curves_ = draw_series(
            ax, series, "block_size", "width", "width_error", **(style | spelled_out(kwargs))
        )
        self.power_law_ = self._draw_power_law(ax)
        ax.set(xlabel=r"Block size $\ell$ (sites)", ylabel=r"Window $\Delta T$ ($J/k_B$)")
        _use_plain_ticks(ax, np.unique(windows.block_size))
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False)
        return self

    def _draw_power_law(self, ax):
        if self.power_law is None:
            return None
        law, sizes = self.power_law, self.windows.block_size
        x = np.geomspace(sizes.min() / 1.1, sizes.max() * 1.1, 100)
        exponent = rf"{law.exponent_:.2f} \pm {law.exponent_std_:.2f}"
        style = {"color": BLACK, "linewidth": 1, "linestyle": "--", "zorder": 0}
        label = rf"$\Delta T \propto \ell^{{{exponent}}}$"
        return ax.plot(x, law.predict(x), label=label, **style)[0]


def _series_of_windows(windows):
    columns = {"threshold": "$A < {:g}$".format} if "threshold" in windows else {}
    # Whole lattices have another number of blocks for each size, which makes no series of its own.
    if windows.duplicated(["block_size", *columns]).any():
        columns["n_blocks"] = name_n_blocks
    return columns


def _use_plain_ticks(ax, x):
    """Put the ticks of logarithmic axes where the data are, and write them without powers of 10."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    ax.minorticks_off()
    ax.set_xticks(x)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


class DataCollapseDisplay:
    """Data of several sizes on one curve, as Fig. 6 of Phys. Rev. E 108, 065304 (2023).

    Parameters
    ----------
    collapsed : DataFrame
        With the columns of `skising.scaling.DataCollapse.transform`: size, x, y and yerr, scaled
        such that the data of all sizes lie on the same curve.
    master_curve : DataFrame, default=None
        x and y of that curve. None draws none.
    critical_temperature, nu, theta : float, default=None
        What the data were scaled with, for the labels of the axes. None leaves the symbol.
    quantity : str, default="1 - A"
        What was scaled, in TeX, for the label of the y axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    curves_ : list of matplotlib ErrorbarContainer
        By size.
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

    def __init__(
        self,
        collapsed,
        *,
        master_curve=None,
        critical_temperature=None,
        nu=None,
        theta=None,
        quantity="1 - A",
    ):
        self.collapsed = collapsed
        self.master_curve = master_curve
        self.critical_temperature = critical_temperature
        self.nu = nu
        self.theta = theta
        self.quantity = quantity

    @classmethod
    def from_estimator(cls, collapse, x, y, yerr, size, *, quantity="1 - A", ax=None, **kwargs):
        """Scale data by a fitted collapse and draw them, with the master curve.

        Parameters
        ----------
        collapse : DataCollapse
            Fitted.
        x, y, yerr, size : array-like of shape (n,)
            Temperatures, values, their standard errors, and linear sizes, as `DataCollapse.fit`.
        quantity : str, default="1 - A"
            What `y` is, in TeX, for the label of the y axis.
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
            As `DataCollapse.transform`.
        """
        collapsed = collapse.transform(x, y, yerr, size)
        grid = np.linspace(collapsed["x"].min(), collapsed["x"].max(), 1000)
        if collapse.correction_:
            omega = f"{collapse.correction_exponent:g}"
            correction = rf"1 {collapse.correction_:+.2g}\,\ell^{{\,-{omega}}}"
            quantity = f"[{quantity}] / [{correction}]"
        display = cls(
            collapsed,
            master_curve=pd.DataFrame({"x": grid, "y": collapse.scaling_function(grid)}),
            critical_temperature=collapse.critical_temperature_,
            nu=collapse.nu_,
            theta=collapse.theta_,
            quantity=quantity,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the scaled data, and the master curve.

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
            If a frame is no DataFrame, lacks a column, or has no row.
        """
        check_columns(self.collapsed, "collapsed", ["size", "x", "y", "yerr"])
        self.ax_ = ax = as_axes(ax)
        self.figure_ = ax.figure
        self.master_curve_ = None
        if self.master_curve is not None:
            check_columns(self.master_curve, "master_curve", ["x", "y"])
            line = self.master_curve["x"], self.master_curve["y"]
            (self.master_curve_,) = ax.plot(
                *line, color=BLACK, linewidth=1, zorder=0, label="master curve"
            )
        series = split_into_series(self.collapsed, {"size": name_block_size})
        # Lines would join points of one size where those of all are one curve.
        self.curves_ = draw_series(
            ax, series, "x", "y", "yerr", **({"linestyle": ""} | spelled_out(kwargs))
        )
        ax.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        tc = "T_c" if self.critical_temperature is None else f"{self.critical_temperature:.4f}"
        inverse = r"1/\nu" if self.nu is None else f"1/{self.nu:.3g}"
        theta = r"\theta" if self.theta is None else f"{self.theta:.3g}"
        ax.set_xlabel(rf"$(T - {tc})\,\ell^{{\,{inverse}}}$")
        ax.set_ylabel(rf"$({self.quantity})\,\ell^{{\,{theta}}}$")
        ax.legend(frameon=False)
        return self
