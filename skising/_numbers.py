"""Array-likes of all kinds to arrays of numbers, or an error that says what to pass instead."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = "biuf"
_RAGGED = (
    "Lattices of different sizes do not fit into one array: pass the lattices of each size in an "
    "array of their own."
)
_MOST_MEMBERS = 20


class ArrayName(str):
    """The name of an array in error messages.

    Attributes
    ----------
    code : str
        The code with which the user gets the array as a numpy array. It begins the lines of code
        that messages suggest.
    """

    code: str

    def __new__(cls, name: str, code: str) -> "ArrayName":
        """Return the string `name`, with its code."""
        self = super().__new__(cls, name)
        self.code = code
        return self


def name_array(X: Any, name: str) -> str:
    """Return the name of an array-like in error messages, for functions that get it converted."""
    return name if isinstance(X, np.ndarray) else ArrayName(name, f"np.asarray({name})")


def code_of(name: str) -> str:
    """Return the code that stands for an array in the lines that messages suggest."""
    return getattr(name, "code", name)


def as_numbers(X: Any, name: str) -> NDArray[Any]:
    """Return an array-like as an array of real numbers, or of bools, without a copy of an array.

    Numbers in an object array and in strings are converted to float64.

    Raises
    ------
    TypeError
        If `X` does not hold numbers, is sparse, holds several arrays by name, or does not convert
        to an array.
    ValueError
        If `X` is ragged or complex, has masked entries, or holds an integer too large for float64.
    """
    given, X = X, as_array(X, name)
    if X.dtype.kind == "c":
        raise ValueError(
            f"{name} must be real. Complex data not supported; got dtype {X.dtype} and shape "
            f"{X.shape}."
        )
    if X.dtype.kind in _NUMBERS:
        return X
    if X.dtype.kind in "mMV":
        raise TypeError(
            f"{name} must hold numbers; got dtype {X.dtype} and shape {X.shape}."
            f"{_fields_hint(X, code_of(name_array(given, name)))}"
        )
    try:
        return X.astype(np.float64)
    except OverflowError as error:
        raise ValueError(
            f"{name} must hold numbers below 1.8e308 in magnitude; got a larger integer, in an "
            f"array of shape {X.shape}."
        ) from error
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} must hold numbers; got dtype {X.dtype} and shape {X.shape}, which does "
            f"not convert: {error}. {_text_hint(given)}{_object_hint(X, name)}".rstrip()
        ) from error


def as_array(X: Any, name: str) -> NDArray[Any]:
    """Return an array-like as an array of any dtype, without a copy of an array.

    Raises
    ------
    TypeError
        If `X` is sparse, holds several arrays by name, or does not convert to an array.
    ValueError
        If `X` is ragged or has masked entries.
    """
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{name} must be a dense array; got a sparse {type(X).__name__}. Pass "
            f"`{name}.toarray()`."
        )
    check_is_one_array(X, name)
    code = code_of(name)
    try:
        # The conversion of a dask array by numpy would lose its mask.
        if hasattr(X, "__dask_graph__"):
            X, code = X.compute(), f"{name}.compute()"
        elif isinstance(X, (list, tuple)) and _holds_masked(X):
            X, code = _masked_list(X), _code_of_masked_list(X, name)
        array = np.asanyarray(X)
    except ValueError as error:
        advice = f" {_RAGGED}" if name == "X" else ""
        raise ValueError(f"{name} must be one array: {error}.{advice}") from error
    except (MemoryError, OSError):
        raise
    except Exception as error:
        raise TypeError(
            f"{name} must be an array; got {type(X).__name__}, which does not convert: "
            f"{type(error).__name__}: {error}.{_tensor_hint(X, name)}"
        ) from error
    if array.dtype == object and not isinstance(array, np.ma.MaskedArray):
        array = _with_masks(array)
    if np.ma.is_masked(array):
        raise ValueError(_masked_message(array, name, code))
    return np.asarray(array)


def check_is_one_array(X: Any, name: str, ndim: int | None = None) -> None:
    """Raise TypeError if `X` is a file, a group or a dict that holds arrays by name.

    Parameters
    ----------
    X : object
    name : str
    ndim : int or None
        The error names the members with so many axes. None means any number.
    """
    if not _is_container(X):
        return
    try:
        members = dict(_members(X, name))
    except Exception as error:
        raise TypeError(
            f"{name} must be one array; got {type(X).__name__}, which does not tell its members: "
            f"{type(error).__name__}: {error}. Open it again if it is closed, and pass one of them."
        ) from error
    fit = {code: shape for code, shape in members.items() if ndim in (None, len(shape))}
    listed = ", ".join(f"{code} {shape}" for code, shape in members.items()) or "no arrays"
    message = f"{name} must be one array; got {type(X).__name__} with {listed}."
    if len(fit) == 1:
        raise TypeError(f"{message} Pass `{next(iter(fit))}`.")
    raise TypeError(f"{message} Pass the array of them that holds {name}." if fit else message)


def _is_container(X):
    # Some sparse arrays of scipy are dicts, and have a shape.
    return hasattr(X, "keys") and hasattr(X, "__getitem__") and not hasattr(X, "shape")


def _members(X, code):
    """Yield the code and the shape of each array in a container, those of its groups too."""
    for key in list(X.keys())[:_MOST_MEMBERS]:
        member, member_code = (
            X[key],
            f'{code}["{key}"]' if isinstance(key, str) else f"{code}[{key}]",
        )
        if _is_container(member):
            yield from _members(member, member_code)
        elif hasattr(member, "shape"):
            yield member_code, tuple(member.shape)


def _holds_masked(X):
    """Tell whether lists hold masked entries, whose mask numpy would not read."""
    if not isinstance(X, (list, tuple)):
        return np.ma.is_masked(X)
    kinds = set(map(type, X))
    if not any(issubclass(kind, (list, tuple, np.ma.MaskedArray)) for kind in kinds):
        return False
    return any(map(_holds_masked, X))


def _masked_list(X):
    """Return a list that holds masked entries as a masked array, deeper lists included."""
    if not isinstance(X, (list, tuple)):
        return np.ma.asanyarray(X)
    return np.ma.stack([_masked_list(entry) for entry in X])


def _code_of_masked_list(X, name):
    """Return code for `_masked_list`: np.ma.stack loses the masks in lists of lists."""
    if not isinstance(X[0], (list, tuple)):
        return f"np.ma.stack({name})"
    return f"np.ma.stack([{_code_of_masked_list(X[0], 'part')} for part in {name}])"


def _with_masks(array):
    """Return an array of objects, as a masked array if an object in it is masked."""
    mask = [entry is np.ma.masked or np.ma.is_masked(entry) for entry in array.flat]
    return np.ma.array(array, mask=np.reshape(mask, array.shape)) if any(mask) else array


def _masked_message(array, name, code):
    axes = "" if array.ndim < 2 else f".any(axis={tuple(range(1, array.ndim))})"
    n_masked = int(np.ma.getmaskarray(array).sum())
    return (
        f"{name} is a masked array: {n_masked} of its {array.size} entries, shape {array.shape}, "
        "are masked, and the numbers below a mask mean nothing. Leave out the rows with masked "
        "entries, here and in all other arrays that have a value for each row: "
        f"`{code}[~np.ma.getmaskarray({code}){axes}]`."
    )


def _fields_hint(X, code):
    if not X.dtype.names:
        return ""
    fields = [f'{code}["{field}"]' for field in X.dtype.names]
    if len(fields) == 1:
        return f" Pass its field, `{fields[0]}`."
    return f" Pass one of its fields: {', '.join(fields)}."


def _tensor_hint(X, name):
    if not hasattr(X, "detach"):
        return ""
    return f" Pass `{name}.detach().cpu().double().numpy()`."


def _text_hint(given):
    if not isinstance(given, (str, os.PathLike)):
        return ""
    return (
        "Paths are not opened: read the file, for example with np.load, or lattices with "
        "skising.as_lattices, and pass its array."
    )


def _object_hint(X, name):
    """Return advice on an array of objects that are no numbers."""
    if X.dtype != object:
        return ""
    if any(type(entry).__name__ == "NAType" for entry in X.flat):
        return "Leave out the rows with missing values, pandas.NA."
    try:
        shapes = {np.shape(entry) for entry in X.flat}
    except ValueError:
        return _RAGGED
    if shapes == {()}:
        return ""
    if len(shapes) > 1 or X.ndim != 1:
        return _RAGGED
    return (
        f"Its {len(X)} entries are arrays of one shape, {shapes.pop()}: pass "
        f"`np.stack(list({name}))`."
    )
