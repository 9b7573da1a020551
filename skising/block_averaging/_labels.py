"""The labels of classes: checked, and to and from data."""

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import type_of_target

from .._validation import as_labels
from ._targets import EncodedTarget, as_target

# Codes of the dtypes of labels that a file can hold; "U" stands for strings of any length.
_DTYPES = ("U", "O", "b1", *(f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8)))


def check_labels(lattices, y):
    """Return `y` as an array of one label for each lattice, (n_samples,).

    Raises
    ------
    TypeError
        If the labels are of several types.
    ValueError
        If the length is another, a label is masked, missing or not finite, or the values are not
        classes.
    """
    as_target(lattices, y)
    labels = as_labels(y, "y")
    if labels.ndim != 1 and labels.shape != (len(labels), 1):
        raise ValueError(
            "y should be a 1d array, with one label for each lattice, got an array of shape "
            f"{labels.shape} instead."
        )
    if labels.dtype.kind == "O":
        _check_one_type(labels.ravel())
    elif labels.dtype.kind == "U" and isinstance(y, (list, tuple)):
        _check_one_type(y)  # numpy converts numbers among strings
    y = column_or_1d(labels, warn=True)
    assert_all_finite(y, input_name="y")
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        # scikit-learn's checks of estimators look for the words "Unknown label type".
        raise ValueError(
            f"y must hold classes: integers, strings or bools. Unknown label type: {kind}, dtype "
            f"{y.dtype}. For a real property use BlockAveragingRegressor, or bin it for classes."
        )
    return y


def _check_one_type(labels):
    kinds = sorted({"str" if isinstance(y, str) else type(y).__name__ for y in labels})
    if kinds != ["str"]:
        raise ValueError(
            "y must hold labels of one type: strings, or an array of integers or bools. Unknown "
            f"label type: got {' and '.join(kinds)} in one array of objects. Convert y, by "
            "np.array(y, dtype=int) for integers, or by [str(label) for label in y]."
        )


def check_classes(classes):
    """Return the `classes` of `partial_fit`, sorted.

    Raises
    ------
    TypeError, ValueError
        If they are not at least two different labels of one type.
    """
    labels = as_labels(classes, "classes")
    unique = np.unique(labels)
    is_mixed = labels.dtype.kind == "U" and not all(isinstance(label, str) for label in classes)
    if is_mixed or labels.dtype.kind in "cSV" or labels.ndim != 1 or len(unique) < 2:
        raise ValueError(
            "classes must be at least two different labels, all integers, all strings or all "
            f"bools, shape (n_classes,); got {classes!r}."
        )
    return unique


def check_two_classes(y):
    """Return the classes in `y`, sorted, or raise ValueError if there is only one."""
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(
            f"y must hold at least two classes; got one class, {classes.tolist()[0]!r}, "
            f"for all {len(y)} lattices. Add lattices of the other phase."
        )
    return classes


def check_known_labels(y, classes):
    """Raise ValueError if `y` holds a label that is not in `classes`."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"y must hold classes that the network has an output for, {classes.tolist()}; got "
            f"{unknown.tolist()}. Call fit, without warm_start, with all the classes."
        )


def encode_labels(y, classes):
    """Return labels as an `EncodedTarget`: their numbers among `classes`, which are sorted."""
    target = np.searchsorted(classes, y)
    return EncodedTarget(target, n_outputs_of(classes), {"classes_": classes})


def n_outputs_of(classes):
    """Return 1 for two classes, whose output is the logit of the second; else their number."""
    return 1 if len(classes) == 2 else len(classes)


def labels_as_data(classes):
    """Return labels as a dict of values that JSON can hold.

    Raises
    ------
    TypeError
        If they are neither numbers nor strings.
    """
    code = "U" if classes.dtype.kind == "U" else classes.dtype.str.lstrip("<>|=")
    if code not in _DTYPES or not _are_plain(classes.tolist()):
        raise TypeError(
            f"classes must be numbers or strings to be saved; got dtype {classes.dtype}. Fit with "
            "such labels."
        )
    return {"classes": classes.tolist(), "dtype": code}


def labels_from_data(data):
    """Return the labels that `labels_as_data` has written.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the data are something else.
    """
    code = data["dtype"]
    if code not in _DTYPES or not _are_plain(data["classes"]):
        raise ValueError("its classes are neither numbers nor strings")
    classes = np.array(data["classes"], dtype=code)
    if (
        classes.tolist() != data["classes"]
        or len(classes) < 2
        or (classes[1:] <= classes[:-1]).any()
    ):
        raise ValueError("its classes are not two or more sorted labels")
    return classes


def _are_plain(labels):
    return all(isinstance(label, (bool, int, float, str)) for label in labels)
