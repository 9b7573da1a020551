"""Lattices, targets and parameters that the estimators accept or refuse."""

import pickle

import numpy as np
import pytest
from estimator_data import BOTH, FAST, PHASE, X, target_of
from sklearn.base import clone

from skising import BlockAveragingClassifier, BlockAveragingRegressor, D4Descriptor

QUICK = {**FAST, "max_epochs": 1}


@pytest.fixture(scope="module", params=[BlockAveragingRegressor, BlockAveragingClassifier])
def quick(request):
    return request.param(**QUICK).fit(X, target_of(request.param))


@pytest.mark.parametrize(
    "change",
    [lambda X: X.astype(float), lambda X: X.tolist(), np.asfortranarray, lambda X: X[::-1][::-1]],
    ids=["float", "list", "fortran", "reversed"],
)
def test_lattices_of_any_layout(change, quick):
    np.testing.assert_array_equal(quick.predict_blocks(change(X)), quick.predict_blocks(X))
    fitted = clone(quick).fit(change(X), target_of(type(quick)))
    np.testing.assert_array_equal(fitted.predict_blocks(X), quick.predict_blocks(X))


@BOTH
def test_read_only_lattices(Estimator):
    frozen = X.copy()
    frozen.flags.writeable = False
    model = Estimator(**QUICK).fit(frozen, target_of(Estimator))
    assert len(model.predict(frozen)) == len(model.set_params(n_blocks=3).predict(frozen)) == 240


def with_spin(value, index, dtype=float):
    bad = X.astype(dtype)
    bad[index] = value
    return bad


@BOTH
@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (
            X[0],
            r"3 dimensions, \(n_samples, n_rows, n_cols\); got shape \(32, 32\).*X\[np.newaxis\]",
        ),
        (X[:, :4], "lattices of 4 x 32 sites, smaller than block_size=8"),
        (X[:0], r"empty: shape \(0, 32, 32\)"),
        (with_spin(np.nan, (3, 4, 5)), r"got nan at index \(3, 4, 5\).*float64.*NaN"),
        (with_spin(2, (1, 0, 31), int), r"got 2 at index \(1, 0, 31\).*dtype int64"),
        ((X > 0).astype(int), r"got 0 at index .*pass `\(X == 1\).astype\(np.int8\) - \(X == 0\)`"),
    ],
    ids=["2-D", "small", "empty", "NaN", "2", "0/1"],
)
def test_invalid_lattices_are_refused_in_fit_and_predict(
    Estimator, bad, match, regressor, classifier
):
    with pytest.raises(ValueError, match=match):
        Estimator(**FAST).fit(bad, target_of(Estimator)[: len(bad)])
    model = regressor if Estimator is BlockAveragingRegressor else classifier
    with pytest.raises(ValueError, match=match):
        model.predict(bad)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (X[0], r"got shape \(32, 32\).*X\[np.newaxis\]"),
        (X[:, :4], "lattices of 4 x 32 sites, smaller than block_size=8"),
        (X[:0], r"empty: shape \(0, 32, 32\)"),
        (np.full((2, 8, 8), 0), r"X, as blocks .*got 0 at index \(0, 0, 0, 0\)"),
    ],
)
def test_invalid_lattices_are_refused_with_random_blocks(bad, match, regressor):
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=3)
    with pytest.raises(ValueError, match=match):
        model.predict(bad)


def test_lattices_of_different_sizes_are_refused(regressor):
    with pytest.raises(ValueError, match="pass the lattices of each size in an array"):
        regressor.predict([X[0], X[1, :16, :16]])


@BOTH
@pytest.mark.parametrize(
    ("parameter", "value", "error", "match"),
    [
        ("block_size", 1, ValueError, "block_size must be an integer >= 2; got 1"),
        ("block_size", 8.0, TypeError, "block_size must be an integer >= 2; got 8.0 of type float"),
        ("n_blocks", 0, ValueError, "n_blocks must be an integer >= 1; got 0. None is the full"),
        ("lr", 0, ValueError, "lr must be a finite number > 0; got 0"),
        ("max_epochs", 0, ValueError, "max_epochs must be an integer >= 1"),
        ("batch_size", -3, ValueError, "batch_size must be an integer >= 1; got -3"),
        (
            "objective",
            "site",
            ValueError,
            "objective must be one of 'lattice', 'block'; got 'site'",
        ),
        (
            "descriptor",
            "d6",
            ValueError,
            "descriptor must be one of 'd4', 'pair', 'spins'; got 'd6'",
        ),
        ("callbacks", 3, TypeError, "callbacks must be a list of skorch callbacks, or None; got 3"),
        ("descriptor", D4Descriptor, TypeError, "descriptor must be 'd4', .* or a tran.*D4D"),
        ("descriptor", 3, TypeError, "descriptor must be 'd4', 'pair', 'spins' or a tra.*got 3"),
        ("device", "nowhere", ValueError, "device must be 'auto' or a device.*got 'nowhere'"),
        ("device", "cuda:99", ValueError, "device must be 'auto' or a device.*got 'cuda:99'"),
    ],
)
def test_invalid_parameters_are_refused(Estimator, parameter, value, error, match):
    with pytest.raises(error, match=match):
        Estimator(**{**FAST, parameter: value}).fit(X, target_of(Estimator))


def test_invalid_pooling_is_refused():
    with pytest.raises(ValueError, match="pooling must be one of 'probability', 'logit'"):
        BlockAveragingClassifier(pooling="max").fit(X, PHASE)


@BOTH
@pytest.mark.parametrize(
    ("y", "match"),
    [
        (PHASE[:-1], r"y must hold one value for each lattice.*needs 240 rows; got shape \(239,\)"),
        (1.0, r"y must hold one value for each lattice.*got shape \(\)"),
        (None, "requires y to be passed, but the target y is None"),
        (np.where(PHASE, np.nan, 1.0), "Input y contains NaN"),
    ],
    ids=["short", "scalar", "None", "NaN"],
)
def test_invalid_targets_are_refused(Estimator, y, match):
    with pytest.raises(ValueError, match=match):
        Estimator(**FAST).fit(X, y)


def test_target_of_strings_is_refused():
    with pytest.raises(TypeError, match="y must hold numbers; got dtype <U4"):
        BlockAveragingRegressor(**FAST).fit(X, np.where(PHASE, "warm", "cold"))


def test_a_single_class_is_refused():
    with pytest.raises(
        ValueError, match=r"at least two classes; got one class, 'ferro', for all 240"
    ):
        BlockAveragingClassifier(**FAST).fit(X, np.full(240, "ferro"))
