"""Drawing helpers of all displays: axes, labels, and styles that distinguish series."""

import numpy as np
import pandas as pd

from ..exact import CRITICAL_TEMPERATURE

# From the palette of Okabe and Ito: distinguishable with any colour vision, and in grey by
# lightness.
BLACK, ORANGE, BLUE, VERMILION = "#000000", "#e69f00", "#0072b2", "#d55e00"

_MARKERS = "os^Dv<>P"
_LINE_STYLES = ("-", "--", "-.", ":")


def as_axes(ax):
    """Return `ax`, or the axes of a new figure if it is None."""
    import matplotlib.pyplot as plt

    # The layout "constrained" can cut off text beside images, which have a fixed aspect ratio.
    return plt.subplots(layout="compressed")[1] if ax is None else ax


def ordered_styles(n_series):
    """Return keywords of `Axes.errorbar` for each of several series, from dark to light.

    Series differ in colour, marker and line style.
    """
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
    """Split a frame into series by the values of some columns.

    Parameters
    ----------
    frame : DataFrame
    columns : dict of str to callable
        The columns, each with a function from one of its values to a label. After the first,
        columns that hold a single value are left out of the labels. If the dict is empty, all rows
        are one series without a label.

    Returns
    -------
    series : list of (str, DataFrame)
        Label and rows of each series, sorted by the columns.
    """
    if not columns:
        return [("", frame)]
    first, *others = columns
    keys = [first] + [other for other in others if frame[other].nunique(dropna=False) > 1]
    return [
        (", ".join(columns[key](value) for key, value in zip(keys, values, strict=True)), part)
        for values, part in frame.groupby(keys, dropna=False)
    ]


def block_size_label(value):
    return rf"$\ell = {value:g}$"


def lattice_size_label(value):
    return f"$L = {value:g}$"


def n_blocks_label(value):
    # NaN is the n_blocks=None of predictions from the full partition.
    return "all blocks" if pd.isna(value) else f"{value:g} block{'' if value == 1 else 's'}"


def expand_aliases(kwargs):
    """Return keywords of `Axes.errorbar` with aliases such as "lw" replaced by their full names.

    A user's "lw" then overrides a default "linewidth"; matplotlib raises an error if it gets both.
    """
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return normalize_kwargs(kwargs, Line2D)


def draw_series(ax, series, x, y, error, **kwargs):
    """Draw column `y` against `x` of each series with error bars, and return the containers."""
    containers = []
    for (label, part), style in zip(series, ordered_styles(len(series)), strict=True):
        part = part.sort_values(x)
        style |= {"label": label} | expand_aliases(kwargs)
        containers.append(ax.errorbar(part[x], part[y], part[error], **style))
    return containers


def mark_critical_temperature(ax):
    """Draw a vertical line at the exact critical temperature, with the label T_c above the axes."""
    mark_temperature(ax, CRITICAL_TEMPERATURE)


def mark_temperature(ax, temperature):
    """Draw a vertical line at a critical temperature, with the label T_c above the axes."""
    ax.axvline(temperature, color="0.6", linewidth=0.8, zorder=0)
    # The label is a tick label because titles are placed clear of tick labels, but not of text.
    above = ax.secondary_xaxis("top")
    above.set_xticks([temperature], ["$T_c$"])
    above.tick_params(length=0, pad=2)
    above.spines["top"].set_visible(False)
