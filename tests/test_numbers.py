"""Array-likes of all kinds: the same numbers as from an array, or an error that says why not."""

import re
from fractions import Fraction
from pathlib import Path

import dask.array
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.dtypes import StringDType

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    extract_blocks,
    make_ising,
    observables,
    sample_blocks,
)
from skising._numbers import as_array, as_numbers
from skising._validation import as_labels, check_groups, check_series

ISING = make_ising(24, 8, [1.5, 3.5], random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.temperature > 2.27
FAST = {"block_size": 4, "descriptor": "pair", "max_epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def regressor():
    return BlockAveragingRegressor(**FAST).fit(X, ENERGY)


# What is read


def reversed_strides(X):
    return np.ascontiguousarray(X[::-1, :, ::-1])[::-1, :, ::-1]


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


class ArrayInterface:
    """An object that only converts to an array."""

    def __init__(self, X):
        self._X = X

    def __array__(self, dtype=None, copy=None):
        return self._X if dtype is None else self._X.astype(dtype)


class Labelled(ArrayInterface):
    """An array with names of its axes, as xarray has."""

    chunks = None

    def __init__(self, X):
        super().__init__(X)
        self.shape, self.dtype, self.dims = X.shape, X.dtype, ("time", "row", "column")

    def __getitem__(self, key):
        return Labelled(self._X[key])


FORMS = {
    "lists": np.ndarray.tolist,
    "list of arrays": list,
    "tuple of lists": lambda X: tuple(X.tolist()),
    "object": lambda X: X.astype(object),
    "object of fractions": lambda X: np.vectorize(Fraction, otypes=[object])(X.astype(int)),
    "text": lambda X: X.astype(str),
    "bytes": lambda X: X.astype("S2"),
    "StringDType": lambda X: X.astype(str).astype(StringDType()),
    "big-endian": lambda X: X.astype(">i4"),
    "big-endian floats": lambda X: X.astype(">f8"),
    "half": lambda X: X.astype(np.float16),
    "long double": lambda X: X.astype(np.longdouble),
    "Fortran": np.asfortranarray,
    "reversed": reversed_strides,
    "read-only": read_only,
    "tensor": torch.tensor,
    "half tensor": lambda X: torch.tensor(X).half(),
    "array interface": ArrayInterface,
    "labelled": Labelled,
    "matrices": lambda X: [np.asmatrix(lattice) for lattice in X],
}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_numbers(name, regressor):
    given = FORMS[name](X)
    np.testing.assert_array_equal(observables.energy_density(given), ENERGY)
    np.testing.assert_array_equal(extract_blocks(given, 4), extract_blocks(X, 4))
    positions = {"n_blocks": 3, "random_state": 0}
    np.testing.assert_array_equal(
        sample_blocks(given, 4, **positions), sample_blocks(X, 4, **positions)
    )
    np.testing.assert_array_equal(regressor.predict(given), regressor.predict(X))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["i1", ">i2", "f4"])
def test_memory_maps_of_any_order(order, dtype, tmp_path, regressor):
    np.save(tmp_path / "X.npy", np.array(X, dtype, order=order))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(observables.energy_density(mapped), ENERGY)
    np.testing.assert_array_equal(regressor.predict(mapped), regressor.predict(X))


@pytest.mark.parametrize(
    "y",
    [
        ENERGY.tolist(),
        pd.Series(ENERGY),
        pd.Series(ENERGY).astype("Float64"),
        pd.DataFrame({"energy": ENERGY}),
        ENERGY.astype(str).astype(StringDType()),
        ENERGY.astype(object),
        torch.tensor(ENERGY),
        dask.array.from_array(ENERGY, chunks=5),
        ENERGY[::-1].copy()[::-1],
        ENERGY.astype(">f8"),
    ],
)
def test_every_form_of_the_target_gives_the_same_numbers(y, regressor):
    predicted = BlockAveragingRegressor(**FAST).fit(X, y).predict(X)
    np.testing.assert_array_equal(predicted.ravel(), regressor.predict(X))


# What is refused


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            np.array(["2020-01-01"], "M8[D]"),
            TypeError,
            "must hold numbers; got dtype datetime64[D]",
        ),
        (
            np.array([3], "m8[s]"),
            TypeError,
            "must hold numbers; got dtype timedelta64[s] and shape",
        ),
        (
            np.array([(1, 2)], [("a", int), ("b", int)]),
            TypeError,
            'and shape (1,). Pass one of its fields: x["a"], x["b"].',
        ),
        (
            ["+-+"],
            TypeError,
            "must hold numbers; got dtype <U3 and shape (1,), which does not conv",
        ),
        (np.array(["+-"], StringDType()), TypeError, "must hold numbers; got dtype StringDType()"),
        (
            np.array(["1", None], StringDType(na_object=None)),
            TypeError,
            "which does not convert: Arrays with missing data",
        ),
        (
            np.array([1j]),
            ValueError,
            "must be real. Complex data not supported; got dtype complex128",
        ),
        (np.array([1j], object), TypeError, "must hold numbers; got dtype object and shape (1,)"),
        (
            [10**400],
            ValueError,
            "must hold numbers below 1.8e308 in magnitude; got a larger integer",
        ),
        (
            pd.Series([True, pd.NA], dtype="boolean"),
            TypeError,
            "Leave out the rows with missing values, pandas.NA.",
        ),
        (
            "X.npy",
            TypeError,
            "Paths are not opened: read the file, for example with np.load, or lattices with "
            "skising.as_lattices, and pass its array.",
        ),
        (Path("X.npy"), TypeError, "Paths are not opened"),
        (iter([1, 2]), TypeError, "must hold numbers; got dtype object and shape ()"),
        ({"a": [1]}, TypeError, "must be one array; got dict with no arrays."),
        (
            torch.ones(2, requires_grad=True),
            TypeError,
            "Pass `x.detach().cpu().double().numpy()`.",
        ),
        ([[1, 2], [3]], ValueError, "must be one array: "),
        ([np.ones(2), np.ones(3)], ValueError, "must be one array: "),
    ],
)
def test_other_things_than_numbers_are_refused(given, error, message):
    with pytest.raises(error, match=f"^x must .*{re.escape(message.removeprefix('must '))}"):
        as_numbers(given, "x")


def test_ragged_objects_are_refused():
    ragged = np.empty(2, object)
    ragged[:] = [np.ones((2, 2)), np.ones((3, 3))]
    for array in (ragged, ragged[:, np.newaxis]):
        with pytest.raises(
            TypeError, match="Lattices of different sizes do not fit into one array"
        ):
            as_numbers(array, "x")
    lists = np.empty(2, object)
    lists[:] = [[1, 2], [[1], [2, 3]]]
    with pytest.raises(TypeError, match="Lattices of different sizes do not fit into one array"):
        as_numbers(lists, "x")


def test_missing_numbers_are_refused_as_nan():
    for series in (pd.Series([1, pd.NA], dtype="Int64"), [1, None]):
        with pytest.raises(ValueError, match="s must be finite; got nan at index"):
            check_series(series, "s")


def test_a_shortage_of_memory_is_not_blamed_on_the_array():
    class Huge:
        def __array__(self, dtype=None, copy=None):
            raise MemoryError

    with pytest.raises(MemoryError):
        as_array(Huge(), "x")


@pytest.mark.parametrize("rows", [slice(0, 20), slice(20, 24)])
def test_a_dask_array_of_unknown_shape(rows, regressor):
    store = dask.array.from_array(X, chunks=5)
    store = store[dask.array.from_array(np.isin(np.arange(24), np.r_[rows]), chunks=5)]
    with pytest.raises(
        ValueError, match=r"X must have a known shape .*got \(nan, 8, 8\)"
    ) as caught:
        regressor.predict(store)
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    known = eval(line, {"X": store})
    np.testing.assert_array_equal(regressor.predict(known), regressor.predict(X[rows]))


# Labels


def test_labels_of_any_kind_of_string_are_the_same_classes():
    names = np.where(PHASE, "para", "ferro")
    expected = BlockAveragingClassifier(**FAST).fit(X, names).predict(X)
    for y in (names.astype(StringDType()), names.astype(object), names.tolist(), pd.Series(names)):
        model = BlockAveragingClassifier(**FAST).fit(X, y)
        assert model.classes_.tolist() == ["ferro", "para"]
        assert model.predict(X).tolist() == expected.tolist()
        assert model.score(X, y) == np.mean(expected == names)


@pytest.mark.parametrize(
    "missing",
    [
        np.array([None, "a", "b"], object),
        np.array([np.nan, "a", "b"], object),
        np.array([np.nan, 1, 2]),
        np.array([None, "a", "b"], StringDType(na_object=None)),
        pd.Series([pd.NA, "a", "b"], dtype="string"),
        pd.Series([pd.NA, 1, 2], dtype="Int64"),
    ],
)
def test_missing_labels_are_refused(missing):
    message = (
        "must hold a label for each lattice.* contains NaN, None or pandas.NA in 1 of 3 places"
    )
    with pytest.raises(ValueError, match=f"^y {message}"):
        BlockAveragingClassifier(**FAST).fit(X[:3], missing)
    with pytest.raises(ValueError, match=f"^groups {message}"):
        check_groups(missing, (3, 4, 4))


def test_the_classes_of_partial_fit_are_checked():
    names = np.where(PHASE, "para", "ferro")
    model = BlockAveragingClassifier(**FAST)
    for classes, error, message in [
        (np.ma.array(["para", "ferro"], mask=[0, 1]), ValueError, "classes is a masked array: 1"),
        ([None, "para", "ferro"], ValueError, "Input classes contains NaN, None or pandas.NA in 1"),
        (np.array(["para", 1], object), TypeError, "classes must hold labels of one kind"),
    ]:
        with pytest.raises(error, match=message):
            model.partial_fit(X, names, classes=classes)
    classes = np.array(["para", "ferro"], StringDType())
    assert model.partial_fit(X, names, classes=classes).classes_.tolist() == ["ferro", "para"]


def test_labels_of_mixed_types_are_refused_and_the_hint_is_followed():
    y = np.array(["a", 1] * 12, object)
    with pytest.raises(TypeError, match="y must hold labels of one kind") as caught:
        BlockAveragingClassifier(**FAST).fit(X, y)
    (line,) = re.findall("`([^`]+)`", str(caught.value))
    y = eval(line, {"y": y, "np": np})
    assert BlockAveragingClassifier(**FAST).fit(X, y).classes_.tolist() == ["1", "a"]
    with pytest.raises(TypeError, match="groups must hold labels of one kind"):
        as_labels([{1}, 2.0], "groups")
