"""Checks of what displays draw: frames, and fitted estimators."""

from numbers import Real

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from .._validation import check_columns
from ..scaling._estimators import best_estimator, pipeline_hint


def check_frame(
    frame, name, columns, *, optional=(), positive=(), not_negative=(), may_be_nan=(), sort_by=None
):
    """Return the columns of a frame that a display draws, as float64.

    matplotlib leaves out points that are NaN or infinite, and points that are not above 0 on a
    logarithmic axis, without a word.

    Parameters
    ----------
    frame : DataFrame
    name : str
        The name of `frame` in error messages.
    columns : sequence of str
        Columns that the frame must have.
    optional : sequence of str, default=()
        Columns that it may have.
    positive, not_negative : sequence of str, default=()
        Columns whose numbers must be > 0 or >= 0.
    may_be_nan : sequence of str, default=()
        Columns in which NaN and None are allowed.
    sort_by : str, default=None
        A column by which the rows are sorted. None keeps their order.

    Returns
    -------
    checked : DataFrame
        With these columns alone, and a new index.

    Raises
    ------
    TypeError
        If `frame` is not a DataFrame, or a column does not hold numbers.
    ValueError
        If a column is missing or is there twice, there is no row, or a number is not allowed.
    """
    check_columns(frame, name, columns)
    shown = [*columns, *(column for column in optional if column in frame)]
    checked = {}
    for column in shown:
        if isinstance(frame[column], pd.DataFrame):
            raise ValueError(
                f"{name} must have each column once; got {frame[column].shape[1]} columns "
                f"{column}. Drop all but one."
            )
        values = _as_floats(frame[column], name, column)
        bad, allowed = ~np.isfinite(values), "finite numbers"
        if column in positive:
            bad, allowed = bad | (values <= 0), f"{allowed} > 0"
        elif column in not_negative:
            bad, allowed = bad | (values < 0), f"{allowed} >= 0"
        if column in may_be_nan:
            bad, allowed = bad & ~np.isnan(values), f"{allowed}, or NaN,"
        if bad.any():
            row = int(np.argmax(bad))
            raise ValueError(
                f"{name} must hold {allowed} in the column {column}; got {values[row]:g} in row "
                f"{row}. Leave out such rows."
            )
        checked[column] = values
    result = pd.DataFrame(checked)
    return result if sort_by is None else result.sort_values(sort_by, ignore_index=True)


def _as_floats(series, name, column):
    """Return numbers as a float64 array, with NaN for all kinds of missing values."""
    values = np.full(len(series), np.nan)
    for row, (value, is_missing) in enumerate(zip(series, series.isna(), strict=True)):
        if is_missing:
            continue
        if not isinstance(value, Real):
            raise TypeError(
                f"{name} must hold numbers in the column {column}; got {value!r} in row {row}, in "
                f"a column of dtype {series.dtype}. Convert the column to numbers."
            )
        values[row] = value
    return values


def check_block_estimator(estimator):
    """Return a fitted estimator of blocks; of a search, its best estimator.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    TypeError
        If it is another object.
    """
    model = best_estimator(estimator)
    if isinstance(model, type) or not hasattr(model, "predict_blocks"):
        raise TypeError(
            "estimator must be a fitted BlockAveragingRegressor or BlockAveragingClassifier; got "
            f"{model!r}.{pipeline_hint(model, estimator)}"
        )
    check_is_fitted(model)
    return model
