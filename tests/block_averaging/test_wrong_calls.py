"""Wrong parameters, data and orders of calls: each error names what is wrong.

Every case is a wrong call. Most are refused before any training.
"""

import copy
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch
from estimator_data import ISING
from scipy import sparse
from sklearn.exceptions import NotFittedError
from skorch.callbacks import EpochScoring

from skising import BlockAveragingClassifier, BlockAveragingRegressor, PairCorrelationDescriptor
from skising.networks import OrbitNetwork

X, ENERGY, PHASE = ISING.data[::10, :16, :16], ISING.energy[::10], ISING.target[::10]
N = len(X)
FAST = {"block_size": 8, "descriptor": "pair", "max_epochs": 1, "random_state": 0}

NO_INTEGER = [True, np.False_, 1.5, np.nan, "x", "3", b"x", [1], {}, 1j, Decimal(1), pd.NA, int]
NO_COUNT = [0, -1, 2**31, 10**30, *NO_INTEGER]
NO_POSITIVE = [0, -1, np.nan, np.inf, "x", "3", True, None, [1], 1j, 10**400, -(10**400), pd.NA]
NO_CHOICE = [None, "x", 2, 1.5, [], {}, np.array([1, 2]), pd.NA]


class TwoOutputs(torch.nn.Module):
    """Has two outputs, whatever is asked for."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layer = torch.nn.Linear(n_features, 2)

    def forward(self, features):
        return self.layer(features)


class NoBlocks(TwoOutputs):
    """Loses the axis of outputs."""

    def forward(self, features):
        return self.layer(features)[..., 0]


WRONG_PARAMETERS = {
    "block_size": [None, 1, *NO_COUNT[:2], *NO_INTEGER],
    "n_blocks": NO_COUNT,
    "stride": NO_COUNT,
    "max_epochs": [None, *NO_COUNT],
    "batch_size": [None, *NO_COUNT],
    "n_iter_no_change": [None, *NO_COUNT],
    "lr": NO_POSITIVE,
    "validation_fraction": [1, 1.0, 2, *NO_POSITIVE],
    "objective": [True, *NO_CHOICE],
    "random_shift": NO_CHOICE,
    "early_stopping": NO_CHOICE,
    "warm_start": NO_CHOICE,
    "verbose": [None, -1, 1.5, "yes", [], pd.NA],
    "n_jobs": [0, 1.5, "x", True, [], pd.NA],
    "device": [None, 0, 1.5, [], "nowhere", "cuda:99", "meta", torch.device("meta"), b"cpu"],
    "random_state": [-1, 2**32, 1.5, "x", [], np.random.default_rng(0), pd.NA],
    "callbacks": [3, "x", {}, [3], ["x"], [("a", 3)], [("a", EpochScoring("r2"), 1)], [None]],
    "descriptor": [None, 3, "d5", "", [], {}, PairCorrelationDescriptor, np.array([1, 2]), pd.NA],
    "checkpoint": [3, 1.5, True, "/no/such/folder/x"],
    "net_params": [
        *(3, "x", [1], np.array([1, 2])),
        {3: 4},
        {"nonsense": 1},
        {"lr": 0.1},
        {"train_split": None},
        {"iterator_train__shuffle": True},
        {"iterator_train__num_workers": -1},
        {"iterator_train__num_workers": "x"},
        {"iterator_train": 3},
        {"module": 3},
        {"module": torch.nn.Linear},
        {"module": TwoOutputs},
        {"module": NoBlocks},
        {"module": OrbitNetwork},
        {"module__n_outputs": 3},
        {"module__n_features": 3},
        {"module__hidden": (0,)},
        {"module__hidden": (-1,)},
        {"module__hidden": (2.5,)},
        {"module__hidden": 5},
        {"module__hidden": "ab"},
        {"module__hiden": (3,)},
        {"module__dropout": 2},
        {"optimizer": "adam"},
        {"optimizer__weight_decay": -1},
        {"optimizer__nonsense": 1},
        {"criterion": 3},
        {"criterion__objective": "z"},
    ],
}
CASES = [
    pytest.param(name, value, id=f"{name}-{k}")
    for name, values in WRONG_PARAMETERS.items()
    for k, value in enumerate(values)
]


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors:UserWarning")
@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_wrong_parameter_is_named(name, value):
    parameters = {**FAST, name: value}
    if name in ("validation_fraction", "n_iter_no_change"):
        parameters["early_stopping"] = True
    with pytest.raises(
        (TypeError, ValueError, OSError), match=rf"{name}.* (must|not|needs|describe) |{name}="
    ):
        BlockAveragingRegressor(**parameters).fit(X, ENERGY)


@pytest.mark.parametrize("value", ["max", None, 1, [], pd.NA])
def test_wrong_pooling_is_named(value):
    with pytest.raises(ValueError, match="pooling must be one of 'probability', 'logit'; got"):
        BlockAveragingClassifier(**FAST, pooling=value).fit(X, PHASE)


@pytest.mark.parametrize("lr", [1e30, 1e38])
@pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])
def test_a_training_that_diverges_in_its_last_step_is_an_error(Estimator, lr):
    y = PHASE if Estimator is BlockAveragingClassifier else ENERGY
    with pytest.raises(ValueError, match=r"training has diverged: .* with lr=1e.3.\. Lower lr"):
        Estimator(**FAST, lr=lr).fit(X, y)


TEXT = np.where(PHASE, "para", "ferro")
WRONG_PROPERTIES = {
    "None": (None, "requires y to be passed, but the target y is None"),
    "scalar": (1.0, r"y must hold one value for each lattice.* got shape \(\)"),
    "short": (ENERGY[:-1], r"y needs 24 rows; got shape \(23,\)"),
    "long": (np.append(ENERGY, 1), r"y needs 24 rows; got shape \(25,\)"),
    "one row": (ENERGY[np.newaxis], r"y needs 24 rows; got shape \(1, 24\)"),
    "iterator": (iter(ENERGY), r"y needs 24 rows; got shape \(\)"),
    "no column": (np.empty((N, 0)), r"y must have shape .*\(n_samples, k\) for k; got .*\(24, 0\)"),
    "3-D": (np.ones((N, 2, 2)), r"y must have shape .* got shape \(24, 2, 2\)"),
    "ragged": ([[1], [1, 2]] * (N // 2), "y must be one array: "),
    "sparse": (sparse.csr_array(np.ones((N, 1))), "y must be a dense array; got a sparse csr_arr"),
    "masked": (np.ma.masked_array(ENERGY, ENERGY > -1), "y is a masked array: 9 of its 24 entries"),
    "complex": (ENERGY + 0j, "y must be real. Complex data not supported; got dtype complex128"),
    "strings": (TEXT, "y must hold numbers; got dtype <U5.*use BlockAveragingClassifier"),
    "objects": (TEXT.astype(object), "y must hold numbers; got dtype object.* 'ferro'"),
    "mixed": ([1, "a"] * (N // 2), "y must hold numbers; got dtype <U21"),
    "bytes": (TEXT.astype(bytes), r"y must hold numbers or labels; got dtype |S5. Use y.astype"),
    "fields": (np.zeros(N, [("a", float)]), r"got dtype \[\('a', '<f8'\)\]\. Pass one of its"),
    "dates": (np.arange(N).astype("M8[D]"), r"y must hold numbers; got dtype datetime64\[D\]"),
    "durations": (np.arange(N).astype("m8[s]"), r"y must hold numbers; got dtype timedelta64"),
    "NaN": (np.where(PHASE, np.nan, 1.0), "Input y contains NaN"),
    "NA": (pd.Series([1, None] * (N // 2), dtype="Int64"), "Input y contains NaN"),
    "inf": (np.where(PHASE, np.inf, 1.0), "Input y contains infinity"),
    "10**400": ([10**400, 1] * (N // 2), "y must hold numbers; .* int too large to convert"),
    "1e154": (1e154 * ENERGY, r"y must be at most 1e\+150 in magnitude.*Change the unit of y"),
    "1.7e308": (1.7e308 * np.sign(PHASE - 0.5), "y must be at most .*; got 1.7e.308"),
    "1e-300": (1e-300 * ENERGY, "y must be constant or vary by at least 1e-150.*unit of y"),
}


@pytest.mark.parametrize(("y", "match"), WRONG_PROPERTIES.values(), ids=WRONG_PROPERTIES)
def test_a_wrong_property_is_named(y, match):
    with pytest.raises((TypeError, ValueError), match=f"(?s){match}"):
        BlockAveragingRegressor(**FAST).fit(X, y)


# Values that are to be taken for what they are


@pytest.mark.parametrize("unit", [1e-140, 1e140])
def test_the_unit_of_a_property_does_not_matter(unit):
    # A power of 2, so that no rounding differs.
    unit = 2.0 ** np.round(np.log2(unit))
    expected = BlockAveragingRegressor(**FAST).fit(X, ENERGY).predict(X, return_std=True)
    result = BlockAveragingRegressor(**FAST).fit(X, unit * ENERGY).predict(X, return_std=True)
    np.testing.assert_allclose(np.array(result) / unit, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "convert",
    [
        lambda y: y.astype(object),
        lambda y: y.tolist(),
        lambda y: pd.Series(y, index=np.arange(N)[::-1]),
        lambda y: pd.Series(y, dtype="Float64"),
        lambda y: y.astype(str),
        lambda y: y.astype(np.longdouble),
    ],
    ids=["object", "list", "series", "Float64", "str", "longdouble"],
)
def test_properties_of_any_dtype(convert):
    expected = BlockAveragingRegressor(**FAST).fit(X, ENERGY).predict(X)
    result = BlockAveragingRegressor(**FAST).fit(X, convert(ENERGY)).predict(X)
    np.testing.assert_array_equal(result, expected)


WRONG_LABELS = {
    **{name: WRONG_PROPERTIES[name] for name in ("None", "scalar", "short", "ragged", "sparse")},
    **{name: WRONG_PROPERTIES[name] for name in ("masked", "complex", "bytes", "fields")},
    "2-D": (np.ones((N, 2), int), r"y should be a 1d array.* shape \(24, 2\) instead"),
    "no column": (np.empty((N, 0)), r"y should be a 1d array.* shape \(24, 0\) instead"),
    "real": (ENERGY, "Unknown label type: continuous.*use BlockAveragingRegressor, or bin it"),
    "one class": (np.full(N, "ferro"), "at least two classes; got one class, 'ferro', for all 24"),
    "mixed list": ([1, "a"] * (N // 2), "labels of one type.*: got int and str .*Convert y"),
    "mixed objects": (np.array([1, "a"] * (N // 2), object), "y must hold labels of one kind"),
    "integer objects": (PHASE.astype(object), r"got int in one array of objects.*dtype=int"),
    "None among": ([None, 1] * (N // 2), "Input y contains NaN, None or pandas.NA in 12 of 24"),
    "NA": (
        pd.Series(["a", None] * (N // 2), dtype="string"),
        "Input y contains NaN, None or pandas.NA in 12 of 24",
    ),
    "NaN": (np.where(PHASE, np.nan, 1.0), "Input y contains NaN"),
}


@pytest.mark.parametrize(("y", "match"), WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_wrong_labels_are_named(y, match):
    with pytest.raises((TypeError, ValueError), match=f"(?s){match}"):
        BlockAveragingClassifier(**FAST).fit(X, y)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.where(PHASE, "a ", " a"), [" a", "a "]),
        (np.where(PHASE, "a", "b").astype(np.dtypes.StringDType()), ["a", "b"]),
        ([np.str_(label) for label in TEXT], ["ferro", "para"]),
        (pd.Series(TEXT, index=np.arange(N)[::-1]), ["ferro", "para"]),
        (pd.Series(pd.Categorical(TEXT, categories=["para", "ferro", "none"])), ["ferro", "para"]),
        (pd.Series(PHASE, dtype="Int64"), [0, 1]),
        (PHASE.astype(np.uint64) + 2**63, [2**63, 2**63 + 1]),
        (-7 * PHASE, [-7, 0]),
    ],
    ids=["spaces", "StringDType", "str_", "series", "categories", "Int64", "uint64", "negative"],
)
def test_labels_keep_their_values(y, classes):
    model = BlockAveragingClassifier(**{**FAST, "max_epochs": 20, "lr": 0.01}).fit(X, y)
    assert model.classes_.tolist() == classes
    assert (model.predict(X) == np.array(y.tolist() if hasattr(y, "tolist") else y)).mean() > 0.8


# Orders of calls


@pytest.fixture(scope="module")
def regressor():
    return BlockAveragingRegressor(**FAST).fit(X, ENERGY)


@pytest.fixture(scope="module")
def classifier():
    return BlockAveragingClassifier(**FAST).fit(X, PHASE)


@pytest.mark.parametrize(
    "call",
    [
        lambda: BlockAveragingRegressor().predict(X),
        lambda: BlockAveragingRegressor().predict_blocks(X),
        lambda: BlockAveragingRegressor().score(X, ENERGY),
        lambda: BlockAveragingClassifier().predict(X),
        lambda: BlockAveragingClassifier().predict_proba(X),
        lambda: BlockAveragingClassifier().predict_log_proba(X),
        lambda: BlockAveragingClassifier().predict_blocks(X),
        lambda: BlockAveragingClassifier().score(X, PHASE),
    ],
)
def test_a_prediction_before_fit_is_refused(call):
    with pytest.raises(NotFittedError, match=r"is not fitted yet\. Call 'fit'"):
        call()


def partial_fit(model, y, changes):
    model.set_params(**changes).partial_fit(X, y)


def warm_start(model, y, changes):
    model.set_params(warm_start=True, **changes).fit(X, y)


@pytest.mark.parametrize("train", [partial_fit, warm_start])
@pytest.mark.parametrize(
    ("changes", "y", "match"),
    [
        ({"block_size": 4}, ENERGY, "of block_size=8 and 1 outputs; got block_size=4 and 1 out"),
        ({}, np.column_stack([ENERGY, ENERGY]), "got block_size=8 and 2 outputs"),
        ({"descriptor": "d4"}, ENERGY, r"takes the features of PairCorr.*got descriptor='d4'"),
        ({"descriptor": PairCorrelationDescriptor(3)}, ENERGY, r"got descriptor=PairCor.*=3\)"),
        ({"net_params": {"module__hidden": (3,)}}, ENERGY, "do not fit the module that net_param"),
        ({"net_params": {"module__hidden": (128, 3)}}, ENERGY, "Set net_params back, or set warm"),
        ({}, 1e100 * ENERGY, "y must be of the same scale .* the first fit saw values within"),
    ],
)
def test_further_training_of_another_model_is_refused(train, changes, y, match, regressor):
    with pytest.raises(ValueError, match=f"(?s){match}"):
        train(copy.deepcopy(regressor), y, changes)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_prediction_with_another_block_size_is_refused(method, classifier):
    model = copy.deepcopy(classifier).set_params(block_size=4)
    with pytest.raises(ValueError, match=r"block_size was 8 in fit.*got block_size=4 since"):
        getattr(model, method)(X)


def test_prediction_with_another_descriptor_uses_the_fitted_one(regressor):
    model = copy.deepcopy(regressor).set_params(descriptor="d4")
    np.testing.assert_array_equal(model.predict(X), regressor.predict(X))


@pytest.mark.parametrize(
    "classes",
    [
        [],
        [0],
        1,
        [[0, 1], [2, 3]],
        [0, 1, np.nan],
        [None, 1],
        [0, 1, "b"],
        [0, 1, 1j],
        [b"a", b"b"],
    ],
    ids=str,
)
def test_wrong_classes_are_named(classes):
    with pytest.raises(ValueError, match=r"classes must .* label"):
        BlockAveragingClassifier(**FAST).partial_fit(X, PHASE, classes=classes)


def test_first_partial_fit_needs_the_classes_of_y():
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        BlockAveragingClassifier(**FAST).partial_fit(X, PHASE)
    with pytest.raises(ValueError, match=r"has an output for, \['a', 'b'\]; got \[0, 1\]"):
        BlockAveragingClassifier(**FAST).partial_fit(X, PHASE, classes=["a", "b"])


def test_later_partial_fit_has_the_same_classes(classifier):
    with pytest.raises(ValueError, match=r"classes=\[0, 1, 2\] is not the same as on last call"):
        copy.deepcopy(classifier).partial_fit(X, PHASE, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"has an output for, \[0, 1\]; got \[2\]"):
        copy.deepcopy(classifier).partial_fit(X, PHASE + 1)


@pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])
def test_sample_weights_are_refused(Estimator):
    with pytest.raises(TypeError, match="unexpected keyword argument 'sample_weight'"):
        Estimator(**FAST).fit(X, PHASE, sample_weight=np.ones(N))
