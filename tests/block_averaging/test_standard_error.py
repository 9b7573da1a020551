"""The standard error of an average over correlated blocks has the right size."""

import numpy as np
import pytest

from skising import BlockAveragingRegressor, make_ising
from skising.block_averaging._standard_error import standard_error

N = 400


@pytest.fixture(scope="module")
def model():
    X, y = make_ising(
        200, 32, [1.6, 2.0, 2.4, 3.0], return_X_y=True, algorithm="swendsen-wang", random_state=0
    )
    return BlockAveragingRegressor(8, descriptor="pair", max_epochs=20, random_state=0).fit(X, y)


def fraction_within(deviations, errors):
    """Return the fraction of deviations within one error: 0.683 if the errors are right."""
    return np.mean(np.abs(deviations) < errors)


# Three standard deviations of the fraction within one error, over N lattices, are 0.07.
@pytest.mark.parametrize("temperature", [1.8, 2.5, 3.0])
@pytest.mark.parametrize("how", [{}, {"stride": 4}, {"n_blocks": 150}])
def test_coverage_on_monte_carlo_lattices(model, temperature, how):
    X = make_ising(N, 96, temperature, random_state=1).data
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


def test_error_of_constant_values_is_zero_and_of_one_block_nan():
    positions = np.arange(9) // 3 * 8, np.arange(9) % 3 * 8
    np.testing.assert_array_equal(standard_error(np.ones((2, 9, 1)), *positions, 8), 0)
    assert np.isnan(standard_error(np.ones((2, 1, 1)), [0], [0], 8)).all()
