"""The labels of classes: checked, and to and from data."""

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from .._validation import as_labels, check_target_length

# Codes of the dtypes of labels that a file can hold; "U" stands for strings of any length.
_DTYPES = ("U", "O", "b1", *(f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8)))


def check_labels(lattices, y):
    """Return `y` as an array of one label for each lattice, (n_samples,).

    Raises
    ------
    TypeError
        If the labels cannot be sorted, such as numbers and strings together.
    ValueError
        If the length is another, a label is masked, missing or not finite, or the values are not
        classes.
    """
    check_target_length(lattices, y)
    y = column_or_1d(as_labels(y, "y"), warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return y


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
    return np.array(data["classes"], dtype=code)


def _are_plain(labels):
    return all(isinstance(label, (bool, int, float, str)) for label in labels)
