"""The standard error of an average over correlated blocks has the right size."""

import functools

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.block_averaging._standard_error import standard_error

N = 400
N_NOISE = 1000


@functools.cache
def lattices(size, temperature):
    """Return N lattices. No test may change them."""
    return make_ising(N, size, temperature, random_state=1).data


@pytest.fixture(scope="module")
def model():
    X, y = make_ising(
        200, 32, [1.6, 2.0, 2.4, 3.0], return_X_y=True, algorithm="swendsen-wang", random_state=0
    )
    return BlockAveragingRegressor(8, descriptor="pair", max_epochs=20, random_state=0).fit(X, y)


def fraction_within(deviations, errors):
    """Return the fraction of deviations within one error: 0.683 if the errors are right."""
    return np.mean(np.abs(deviations) < errors)


WAYS = [{}, {"stride": 4}, {"n_blocks": 150}]


def all_pairs(values, others):
    """Return all pairs; slow but for a few, which have each of the values and of the others."""
    return [
        pytest.param(value, other, marks=[] if i == j % len(values) else pytest.mark.slow)
        for i, value in enumerate(values)
        for j, other in enumerate(others)
    ]


# Three standard deviations of the fraction within one error, over N lattices, are 0.07.
@pytest.mark.parametrize(("temperature", "how"), all_pairs([1.8, 2.5, 3.0], WAYS))
def test_coverage_on_monte_carlo_lattices(model, temperature, how):
    X = lattices(96, temperature)
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    y, sigma, error = model.predict(X, return_std=True, return_error=True)
    assert fraction_within(y - y.mean(), error) == pytest.approx(0.683, abs=0.09)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(y.std(), rel=0.2)
    # The limit of many cells is 0.95. Here are a hundred cells, and the errors are noisy.
    assert fraction_within(y - y.mean(), 2 * error) > 0.87
    # sigma / sqrt(n_blocks) is too small, because blocks overlap.
    if how:
        naive = sigma / np.sqrt(150 if "n_blocks" in how else 23**2)
        assert fraction_within(y - y.mean(), naive) < 0.6


def test_independent_blocks_have_the_error_of_the_mean():
    values = np.random.default_rng(0).normal(size=(200, 100, 2))
    values[:, :, 1] *= 3
    grid = np.repeat(np.arange(10), 10) * 8, np.tile(np.arange(10), 10) * 8
    error = standard_error(values, *grid, 8)
    assert error.shape == (200, 2)
    # A little too large, because anticorrelations are taken for noise.
    ratio = np.sqrt(np.mean(error**2, axis=0)) / [0.1, 0.3]
    assert (ratio > 1).all()
    assert (ratio < 1.15).all()


def test_equal_blocks_count_as_one():
    values = np.repeat(np.random.default_rng(0).normal(size=(500, 100, 1)), 4, axis=1)
    grid = (
        np.repeat(np.repeat(np.arange(10), 10) * 8, 4),
        np.repeat(np.tile(np.arange(10), 10), 4) * 8,
    )
    error = standard_error(values, *grid, 8)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(0.107, rel=0.07)


@pytest.mark.parametrize("size", [12, 16, 24, 32])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_overlapping_blocks_of_small_lattices(size, stride):
    """The squared error is that of the average, for blocks that are averages of white noise."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(N_NOISE, size, size))
    windows = sliding_window_view(noise, (8, 8), axis=(1, 2))[:, ::stride, ::stride]
    n_across = windows.shape[1]
    values = windows.mean(axis=(3, 4)).reshape(N_NOISE, -1, 1)
    positions = np.indices((n_across, n_across)).reshape(2, -1) * stride
    error = standard_error(values, *positions, 8)
    times_covered = np.zeros((size, size))
    for row, column in positions.T:
        times_covered[row : row + 8, column : column + 8] += 1
    variance = np.square(times_covered / (len(positions.T) * 64)).sum()
    # The mean of the squared errors has a relative error of 3 %.
    assert np.mean(error**2) == pytest.approx(variance, rel=0.12)


# Three standard deviations of the fraction within one error, over N lattices, are 0.07.
@pytest.mark.parametrize("temperature", [1.8, 3.0])
@pytest.mark.parametrize("how", [{"stride": 4}, {"stride": 2}, {"n_blocks": 30}])
def test_coverage_on_lattices_of_a_few_blocks(model, temperature, how):
    X = lattices(24, temperature)
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    y, error = model.predict(X, return_error=True)
    assert fraction_within(y - y.mean(), error) == pytest.approx(0.65, abs=0.09)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(y.std(), rel=0.15)


def test_error_where_all_blocks_agree_is_nan():
    positions = np.arange(9) // 3 * 8, np.arange(9) % 3 * 8
    values = np.full((2, 9, 2), 0.1)
    values[1, 4, 1] = 0.2
    error = standard_error(values, *positions, 8)
    np.testing.assert_array_equal(np.isnan(error), [[True, True], [True, False]])
    assert np.isnan(standard_error(np.ones((2, 1, 1)), np.zeros(1), np.zeros(1), 8)).all()
    at_one_place = np.full(5, 3)
    assert np.isnan(standard_error(np.ones((2, 5, 1)), at_one_place, at_one_place, 8)).all()


def test_a_missing_error_has_a_warning_that_says_why(model):
    model.set_params(stride=None, n_blocks=None)
    ordered = np.ones((3, 32, 32), np.int8)
    ordered[0, :8, :8] = np.where(np.indices((8, 8)).sum(axis=0) % 2, 1, -1)
    with pytest.warns(UserWarning, match="NaN for 2 of 3 lattices: all 16 blocks of such a lat"):
        _, error = model.predict(ordered, return_error=True)
    np.testing.assert_array_equal(np.isnan(error), [False, True, True])
    with pytest.warns(UserWarning, match="for 3 of 3 lattices: a single block .*larger lattices"):
        model.predict(ordered[:, :8, :8], return_error=True)
    # The fix of the warning gives an error.
    assert model.predict(ordered[:1, :12, :12], return_error=True)[1] > 0


@pytest.fixture(scope="module")
def classifier():
    ising = make_ising(300, 32, [1.8, 2.1, 2.4, 2.7], target="phase", random_state=0)
    model = BlockAveragingClassifier(8, descriptor="pair", max_epochs=10, random_state=0)
    return model.fit(ising.data, ising.target)


# The windows are those of the energies above.
@pytest.mark.parametrize(("pooling", "how"), all_pairs(["probability", "logit"], WAYS))
def test_coverage_of_probabilities(classifier, pooling, how):
    X = lattices(96, 2.5)
    classifier.set_params(**{"stride": None, "n_blocks": None, "pooling": pooling, **how})
    probabilities, error = classifier.predict_proba(X, return_error=True)
    np.testing.assert_array_equal(probabilities[:40], classifier.predict_proba(X[:40]))
    # The two probabilities add up to 1.
    np.testing.assert_allclose(error[:, 0], error[:, 1], rtol=1e-9)
    p, error = probabilities[:, 1], error[:, 1]
    assert fraction_within(p - p.mean(), error) == pytest.approx(0.683, abs=0.09)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(p.std(), rel=0.2)


@pytest.mark.slow
def test_errors_of_three_classes(classifier):
    """With logits, too, the error is that of the probability of each class."""
    ising = make_ising(300, 32, [1.6, 2.3, 3.2], random_state=0)
    model = BlockAveragingClassifier(8, descriptor="pair", max_epochs=10, random_state=0)
    model.fit(ising.data, ising.temperature.astype(str))
    X = lattices(96, 2.5)
    for pooling in ("probability", "logit"):
        p, error = model.set_params(pooling=pooling).predict_proba(X, return_error=True)
        assert p.shape == error.shape == (N, 3)
        ratio = np.sqrt(np.mean(error**2, axis=0)) / p.std(axis=0)
        np.testing.assert_allclose(ratio, 1, atol=0.2)


def test_a_missing_error_of_a_probability_has_a_warning(classifier):
    classifier.set_params(stride=None, n_blocks=None, pooling="probability")
    with pytest.warns(UserWarning, match="NaN for 2 of 2 lattices: all 16 blocks of such a lat"):
        p, error = classifier.predict_proba(np.ones((2, 32, 32), np.int8), return_error=True)
    assert np.isnan(error).all()
    assert np.isfinite(p).all()
