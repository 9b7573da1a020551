"""The columns of a frame of curves that a collapse needs."""

from typing import NamedTuple

import pandas as pd

from .._validation import check_columns


class CurveColumns(NamedTuple):
    """Temperatures, values, standard errors and sizes, and whether the values are 1 - accuracy."""

    measurements: tuple[pd.Series, pd.Series, pd.Series, pd.Series]
    is_accuracy: bool


def curve_columns(curve, value, size):
    """Return the `CurveColumns` of a frame; `value` and `size` are names of columns, or None.

    Raises
    ------
    TypeError, ValueError
        If `curve` is not a DataFrame, lacks a column, or has no rows.
    """
    value = _column(curve, value, ("accuracy", "probability", "value"))
    size = _column(curve, size, ("block_size", "size"))
    error = f"{value}_error" if f"{value}_error" in getattr(curve, "columns", ()) else "error"
    check_columns(curve, "curve", [size, "temperature", value, error])
    is_accuracy = value == "accuracy"
    y = 1 - curve[value] if is_accuracy else curve[value]
    return CurveColumns((curve["temperature"], y, curve[error], curve[size]), is_accuracy)


def _column(curve, name, candidates):
    """Return `name`, or for None the first of the candidates that the frame has, or the last."""
    if name is not None:
        return name
    given = getattr(curve, "columns", ())
    return next((name for name in candidates if name in given), candidates[-1])
