"""What displays share: checks, axes, and series told apart by colour, marker and line style."""

import numpy as np
import pandas as pd

from ..exact import CRITICAL_TEMPERATURE

# Of Okabe and Ito, told apart with any kind of colour vision; their lightness differs in grey.
BLACK, ORANGE, BLUE, VERMILION = "#000000", "#e69f00", "#0072b2", "#d55e00"

_MARKERS = "os^Dv<>P"
_LINE_STYLES = ("-", "--", "-.", ":")


def as_axes(ax):
    """Return the axes to draw on: those given, or new ones."""
    import matplotlib.pyplot as plt

    # "constrained" does not always keep room beside pictures, whose shape is fixed.
    return plt.subplots(layout="compressed")[1] if ax is None else ax


def ordered_styles(n_series):
    """Return keywords of `Axes.errorbar` for series in order, dark to light, one dict each."""
    from matplotlib import colormaps

    # The lightest fifth is hard to see on white.
    colors = colormaps["viridis"](np.linspace(0, 0.8, n_series))
    return [
        {
            "color": tuple(map(float, color)),
            "marker": _MARKERS[k % len(_MARKERS)],
            "linestyle": _LINE_STYLES[k % len(_LINE_STYLES)],
            "markersize": 4,
            "linewidth": 1.2,
            "capsize": 2,
        }
        for k, color in enumerate(colors)
    ]


def split_into_series(frame, columns):
    """Return the rows of each series of a frame with its label, in order.

    Parameters
    ----------
    frame : DataFrame
    columns : dict of str to callable
        Columns that tell the series apart, and what to call a value of each. Those of one value
        only are not in the labels, but for the first. Without any, all rows are one series.

    Returns
    -------
    series : list of (str, DataFrame)
    """
    if not columns:
        return [("", frame)]
    first, *others = columns
    named = [first] + [other for other in others if frame[other].nunique(dropna=False) > 1]
    return [
        (", ".join(columns[column](value) for column, value in zip(named, key, strict=True)), part)
        for key, part in frame.groupby(named, dropna=False)
    ]


def name_block_size(value):
    return rf"$\ell = {value:g}$"


def name_n_blocks(value):
    # The full partition has no number of blocks.
    return "all blocks" if pd.isna(value) else f"{value:g} block{'s' * (value != 1)}"


def spelled_out(kwargs):
    """Return keywords of `Axes.errorbar` by their full names, which one of ours then gives way to.

    matplotlib refuses "lw" beside "linewidth".
    """
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return normalize_kwargs(kwargs, Line2D)


def draw_series(ax, series, x, y, error, **kwargs):
    """Draw column `y` against `x` of each series, with error bars; return the containers."""
    containers = []
    for (label, part), style in zip(series, ordered_styles(len(series)), strict=True):
        part = part.sort_values(x)
        style |= {"label": label} | spelled_out(kwargs)
        containers.append(ax.errorbar(part[x], part[y], part[error], **style))
    return containers


def mark_critical_temperature(ax):
    """Draw a vertical line at the exact critical temperature, named above the axes."""
    ax.axvline(CRITICAL_TEMPERATURE, color="0.6", linewidth=0.8, zorder=0)
    # A tick, since a title keeps clear of ticks, not of text.
    above = ax.secondary_xaxis("top")
    above.set_xticks([CRITICAL_TEMPERATURE], ["$T_c$"])
    above.tick_params(length=0, pad=2)
    above.spines["top"].set_visible(False)
