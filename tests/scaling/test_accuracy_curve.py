"""Accuracy curves against direct counting.

Every seed is fixed; `tests/statistical.py` states the failure probabilities.
"""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import zarr
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from statistical import assert_p_value

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.scaling import accuracy_curve


class FixedProbabilities(BaseEstimator):
    """A classifier with given block probabilities, which records the arrays that it predicts."""

    def __init__(self, block_probabilities, block_size=8, pooling="probability", classes=(0, 1)):
        self.block_probabilities = block_probabilities
        self.block_size = block_size
        self.pooling = pooling
        self.classes = classes
        self.fit()

    def fit(self):
        self.block_size_, self.classes_ = self.block_size, np.array(self.classes)
        self.predicted_ = []
        return self

    def predict_blocks(self, X):
        self.predicted_.append(X)
        return self.block_probabilities


class Store:
    """Lattices on disk that must not be read as one array."""

    def __init__(self, n):
        self.shape, self.dtype = (n, 16, 16), np.dtype(np.int8)

    def __array__(self, *args, **kwargs):
        raise AssertionError("the store was read as a whole")


def random_probabilities(n, rows=2, cols=3, seed=0):
    return np.random.default_rng(seed).random((n, rows, cols))


def test_one_block_per_answer_gives_the_mean_over_all_blocks():
    probabilities, y = random_probabilities(12), np.tile([0, 1], 6)
    T = np.repeat([2.5, 2.0], 6)
    curve = accuracy_curve(FixedProbabilities(probabilities), Store(12), y, T)
    right = (probabilities > 0.5) == y[:, np.newaxis, np.newaxis]
    np.testing.assert_array_equal(curve["temperature"], [2.0, 2.5])
    np.testing.assert_allclose(curve["accuracy"], [right[6:].mean(), right[:6].mean()])
    fractions = right.mean(axis=(1, 2))
    over_lattices = [fractions[rows].std(ddof=1) / np.sqrt(6) for rows in (slice(6, 12), slice(6))]
    assert (curve["error"] >= np.array(over_lattices) * (1 - 1e-12)).all()
    assert curve["count"].tolist() == [6, 6]
    assert curve["n_blocks"].tolist() == [1, 1]


def test_error_is_the_standard_error_over_lattices():
    # All 60 blocks of a lattice agree, so that 600 blocks are worth 10 independent answers.
    probabilities = np.zeros((10, 6, 10))
    probabilities[:4] = 1
    curve = accuracy_curve(
        FixedProbabilities(probabilities), Store(10), np.ones(10, int), np.full(10, 2.0)
    )
    assert curve["accuracy"][0] == 0.4
    assert curve["error"][0] == pytest.approx(np.sqrt(0.4 * 0.6 / 9))


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_error_of_unanimous_answers_is_above_zero(probability):
    probabilities = np.full((5, 2, 2), probability)
    curve = accuracy_curve(
        FixedProbabilities(probabilities), Store(5), np.ones(5, int), np.full(5, 2.0)
    )
    assert curve["accuracy"][0] == probability
    p = 0.5 / 21
    assert curve["error"][0] == pytest.approx(np.sqrt(p * (1 - p) / 21))


def test_blocks_that_overlap_count_as_many_as_fit_beside_each_other():
    four_blocks_of_12 = FixedProbabilities(np.ones((5, 2, 2)), block_size=12)
    curve = accuracy_curve(four_blocks_of_12, Store(5), np.ones(5, int), np.full(5, 2.0))
    p = 0.5 / 6
    assert curve["error"][0] == pytest.approx(np.sqrt(p * (1 - p) / 6))


def test_blocks_are_grouped_at_random():
    six_probabilities = np.array([0.9, 0.23, 0.44, 0.61, 0.12, 0.53])
    n = 4000
    probabilities = np.broadcast_to(six_probabilities.reshape(2, 3), (n, 2, 3))
    curve = accuracy_curve(
        FixedProbabilities(probabilities),
        Store(n),
        np.ones(n, int),
        np.full(n, 2.0),
        n_blocks=[2, 4],
        random_state=0,
    )
    for k, row in zip((2, 4), curve.itertuples(), strict=True):
        exact = np.mean([np.mean(group) > 0.5 for group in combinations(six_probabilities, k)])
        assert row.n_blocks == k
        assert_p_value(stats.norm.sf((row.accuracy - exact) / row.error))


@pytest.mark.parametrize("pooling", ["probability", "logit"])
def test_whole_lattice_agrees_with_predict(pooling):
    ising = make_ising(
        60, 16, temperatures=[2.1, 2.25, 2.4], target="phase", thin=1, random_state=0
    )
    model = BlockAveragingClassifier(
        4, descriptor="spins", pooling=pooling, max_epochs=2, random_state=0
    ).fit(ising.data, ising.target)
    store = zarr.array(ising.data, chunks=(7, 16, 16))
    curve = accuracy_curve(model, store, ising.target, ising.temperature, n_blocks=(1, 5, None))
    whole = curve[curve["n_blocks"] == 16]
    right = pd.Series(model.predict(ising.data) == ising.target).groupby(ising.temperature).mean()
    assert 0 < right.mean() < 1
    np.testing.assert_allclose(whole["accuracy"], right)
    assert curve["n_blocks"].tolist() == [1] * 3 + [5] * 3 + [16] * 3


def test_each_estimator_predicts_the_store_once():
    X, y, T = Store(8), np.array(["para", "ferro"] * 4), np.repeat([2.0, 2.5], 4)
    classes = ("ferro", "para")
    models = {
        size: FixedProbabilities(random_probabilities(8, seed=size), size, classes=classes)
        for size in (8, 4)
    }
    curve = accuracy_curve(models, X, y, T, n_blocks=(1, 2, None), random_state=0)
    assert all(len(model.predicted_) == 1 and model.predicted_[0] is X for model in models.values())
    assert curve["block_size"].tolist() == [8] * 6 + [4] * 6
    as_list = accuracy_curve(list(models.values()), X, y, T, n_blocks=(1, 2, None), random_state=0)
    pd.testing.assert_frame_equal(curve, as_list)
    probabilities, right = models[4].block_probabilities, (y == "para")[:, np.newaxis, np.newaxis]
    expected = ((probabilities > 0.5) == right)[:4].mean()
    assert curve.query("block_size == 4 and n_blocks == 1")["accuracy"].iloc[0] == pytest.approx(
        expected
    )


def test_a_lattice_of_one_block_gives_one_curve():
    model = FixedProbabilities(random_probabilities(4, 1, 1))
    curve = accuracy_curve(model, Store(4), [0, 1, 0, 1], [2.0] * 4, n_blocks=(1, None))
    assert curve["n_blocks"].tolist() == [1]


def test_resamples_draw_whole_lattices_and_the_same_for_all_sizes():
    probabilities, y = random_probabilities(40), np.ones(40, int)
    models = [FixedProbabilities(probabilities, 4), FixedProbabilities(probabilities, 8)]
    T = np.repeat([2.0, 2.5], 20)
    curve, resamples = accuracy_curve(models, Store(40), y, T, n_resamples=4000, random_state=0)
    assert resamples.shape == (4, 4000)
    np.testing.assert_array_equal(resamples[:2], resamples[2:])
    np.testing.assert_allclose(resamples.mean(axis=1), curve["accuracy"], atol=0.005)
    # A bootstrap divides by n where the error divides by n - 1.
    expected = (probabilities > 0.5).mean(axis=(1, 2)).reshape(2, 20).std(axis=1) / np.sqrt(20)
    np.testing.assert_allclose(resamples.std(axis=1)[:2], expected, rtol=0.05)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"estimator": "d4"}, TypeError, "estimator must be a fitted BlockAveragingClassifier"),
        (
            {"estimator": FixedProbabilities},
            TypeError,
            "estimator must be a fitted BlockAveragingClassifier",
        ),
        (
            {"estimator": []},
            ValueError,
            "estimator must hold at least one fitted classifier",
        ),
        ({"estimator": BlockAveragingClassifier()}, NotFittedError, "not fitted"),
        (
            {
                "estimator": [
                    FixedProbabilities(random_probabilities(6)),
                    FixedProbabilities(random_probabilities(6)),
                ]
            },
            ValueError,
            "classifiers of block_size 8 with the same outputs",
        ),
        (
            {"estimator": FixedProbabilities(random_probabilities(6), classes=(0, 1, 2))},
            ValueError,
            "classifier of two classes.* got FixedProbabilities with 3 classes",
        ),
        ({"y": [0, 1, 0, 1, 0, 2]}, ValueError, r"y must hold the classes .*\[0, 1\]; got .*2"),
        ({"y": [0, 1]}, ValueError, "one row for each lattice; got 6, 2 and 6"),
        ({"temperature": [2.0] * 5}, ValueError, "one row for each lattice; got 6, 6 and 5"),
        ({"temperature": [0.0] * 6}, ValueError, "temperature must be finite and > 0"),
        ({"temperature": [2.0] * 5 + [3.0]}, ValueError, "temperature 3 has a single lattice"),
        (
            {"temperature": [2.0] * 5 + [2.0 + 1e-9]},
            ValueError,
            r"temperature 2\.000000001 has a single lattice.* give bins, such as bins=20",
        ),
        ({"bins": 0}, ValueError, "bins must be an integer >= 1; got 0. Or give the edges"),
        ({"bins": 1.5}, TypeError, "bins must be an integer >= 1; got 1.5 of type float"),
        ({"bins": [1, 3, 2]}, ValueError, r"two edges in ascending order; got \[1, 3, 2\]"),
        ({"bins": [2.5, 3]}, ValueError, "bins must cover .* temperature 2 at index 0"),
        ({"groups": [0] * 6}, ValueError, "at least two groups; got one group of 6"),
        ({"groups": [0, 1]}, ValueError, "groups must hold one label for each lattice"),
        (
            {"groups": [0, 0, 0, 1, 1, 1], "temperature": [2.0] * 3 + [3.0] * 3},
            ValueError,
            "temperature 2 has lattices of a single group",
        ),
        (
            {"estimator": make_pipeline(FixedProbabilities(random_probabilities(6)))},
            TypeError,
            r"last step of the pipeline, pipeline\[-1\]\.$",
        ),
        (
            {"estimator": make_pipeline(FunctionTransformer(), FixedProbabilities([0.5]))},
            TypeError,
            r"for X what the other steps return, pipeline\[:-1\]\.transform\(X\)",
        ),
        (
            {"estimator": GridSearchCV(BlockAveragingClassifier(), {})},
            NotFittedError,
            "GridSearchCV instance is not fitted",
        ),
        ({"n_blocks": 0}, ValueError, "n_blocks must be an integer >= 1; got 0"),
        ({"n_blocks": [1, 2.0]}, TypeError, "n_blocks must be an integer >= 1; got 2.0"),
        ({"n_blocks": []}, ValueError, "n_blocks is an empty sequence"),
        ({"n_blocks": 7}, ValueError, "number of blocks in a lattice, 6 of block_size 8; got 7"),
        ({"n_resamples": 1}, ValueError, "n_resamples must be an integer >= 2; got 1"),
    ],
)
def test_accuracy_curve_refuses(changes, error, message):
    arguments = {
        "estimator": FixedProbabilities(random_probabilities(6)),
        "y": [0, 1] * 3,
        "temperature": [2.0] * 6,
    }
    with pytest.raises(error, match=message):
        accuracy_curve(X=Store(6), **(arguments | changes))


def test_accuracy_curve_refuses_a_regressor():
    model = BlockAveragingRegressor(4, descriptor="spins", max_epochs=1)
    X = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (4, 8, 8))
    with pytest.raises(ValueError, match="got BlockAveragingRegressor with 0 classes"):
        accuracy_curve(model.fit(X, [0.0, 1.0, 0.0, 1.0]), X, [0, 1, 0, 1], [2.0] * 4)


def test_a_search_stands_for_its_best_estimator():
    ising = make_ising(40, 16, temperatures=[1.5, 3.5], target="phase", random_state=0)
    model = BlockAveragingClassifier(8, descriptor="pair", max_epochs=2, random_state=0)
    data = ising.data, ising.target
    search = GridSearchCV(model, {"lr": [1e-3]}, cv=2).fit(*data)
    curve = accuracy_curve(search, *data, ising.temperature)
    expected = accuracy_curve(search.best_estimator_, *data, ising.temperature)
    pd.testing.assert_frame_equal(curve, expected)
    pd.testing.assert_frame_equal(accuracy_curve([search], *data, ising.temperature), expected)
    search = GridSearchCV(model, {"lr": [1e-3]}, cv=2, refit=False).fit(*data)
    with pytest.raises(ValueError, match=r"got refit=False\. Fit it with refit=True"):
        accuracy_curve(search, *data, ising.temperature)
    search = GridSearchCV(make_pipeline(model), {}, cv=2).fit(*data)
    with pytest.raises(TypeError, match=r"last step of .*, search\.best_estimator_\[-1\]\.$"):
        accuracy_curve(search, *data, ising.temperature)
    accuracy_curve(search.best_estimator_[-1], *data, ising.temperature)


def test_temperatures_that_differ_by_rounding_are_one():
    T = np.array([2.0, 2.0 + 4e-16, 2.5, 2.5])
    model = FixedProbabilities(random_probabilities(4))
    curve = accuracy_curve(model, Store(4), [0, 1, 0, 1], T)
    assert curve["temperature"].tolist() == [2.0, 2.5]
    assert curve["count"].tolist() == [2, 2]


@pytest.mark.parametrize("bins", [2, np.int64(2), [2.0, 2.5, 3.0], np.array([1, 2.5, 2.8, 9])])
def test_bins_take_different_temperatures_together(bins):
    T = np.array([3.0, 2.0, 2.25, 2.5, 2.1, 2.6])
    probabilities, y = random_probabilities(6), np.array([0, 1, 0, 1, 0, 1])
    if np.ndim(bins) == 1 and len(bins) == 4:
        T[0] = 2.7
    curve = accuracy_curve(FixedProbabilities(probabilities), Store(6), y, T, bins=bins)
    right = ((probabilities > 0.5) == y[:, np.newaxis, np.newaxis]).mean(axis=(1, 2))
    low = [1, 2, 4]
    high = [0, 3, 5]
    np.testing.assert_allclose(curve["temperature"], [T[low].mean(), T[high].mean()])
    np.testing.assert_allclose(curve["accuracy"], [right[low].mean(), right[high].mean()])
    assert curve["count"].tolist() == [3, 3]


def test_groups_of_one_lattice_change_nothing():
    model, y = FixedProbabilities(random_probabilities(40)), np.tile([0, 1], 20)
    data = model, Store(40), y, np.repeat([2.0, 2.5], 20)
    expected = accuracy_curve(*data, n_resamples=5, random_state=0)
    curve = accuracy_curve(*data, n_resamples=5, random_state=0, groups=np.arange(40) + 7)
    pd.testing.assert_frame_equal(curve[0], expected[0])
    np.testing.assert_array_equal(curve[1], expected[1])


def test_error_of_groups_is_that_of_their_means():
    # Three copies of each lattice are worth one: the error of 20, not of 60.
    rng = np.random.default_rng(0)
    single = (rng.random((20, 2, 3)) < rng.random((20, 1, 1))).astype(float)
    y, T = np.ones(60, int), np.full(60, 2.0)
    copies = FixedProbabilities(np.repeat(single, 3, axis=0))
    groups = np.repeat([f"chain {i}" for i in range(20)], 3)
    order = rng.permutation(60)
    copies.block_probabilities = copies.block_probabilities[order]
    grouped, resamples = accuracy_curve(
        copies, Store(60), y, T, groups=groups[order], n_resamples=4000, random_state=0
    )
    expected = accuracy_curve(FixedProbabilities(single), Store(20), y[:20], T[:20])
    alone = accuracy_curve(copies, Store(60), y, T)
    assert grouped["error"][0] == pytest.approx(expected["error"][0])
    assert alone["error"][0] < 0.6 * grouped["error"][0]
    assert grouped["accuracy"][0] == alone["accuracy"][0]
    assert resamples.std() == pytest.approx(grouped["error"][0] * np.sqrt(19 / 20), rel=0.05)


@pytest.mark.slow
def test_error_of_groups_of_different_sizes_agrees_with_the_scatter():
    """The ratio has a standard deviation of 2.2 %; errors without groups are 28 % too small."""
    rng, accuracies, errors = np.random.default_rng(0), [], []
    for _ in range(1000):
        groups = np.repeat(np.arange(60), rng.integers(1, 6, 60))
        n = len(groups)
        votes = (rng.random(n) < rng.random(60)[groups]).astype(float).reshape(-1, 1, 1)
        curve = accuracy_curve(
            FixedProbabilities(votes), Store(n), np.ones(n, int), np.full(n, 2.0), groups=groups
        )
        accuracies.append(curve["accuracy"][0])
        errors.append(curve["error"][0])
    ratio = np.sqrt(np.mean(np.square(errors))) / np.std(accuracies)
    assert ratio == pytest.approx(1, abs=0.09)
