"""Binder's cumulant and autocorrelation times against sums over single steps."""

import warnings

import naive
import numpy as np
import pytest
from scipy.signal import lfilter
from statistical import seeded_state
from stores import zarr_array

from skising._kernels.wolff import wolff, work_arrays
from skising.observables import binder_cumulant, integrated_autocorrelation_time


def ar1(shape, phi, seed):
    """Return stationary chains x_t = phi x_{t-1} + noise, whose rho(t) is phi^t."""
    noise = np.random.default_rng(seed).normal(size=shape)
    noise[..., 0] /= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise)


def test_binder_cumulant_in_its_limits():
    assert binder_cumulant([0.5, -0.5, 0.5]) == pytest.approx(2 / 3, abs=1e-15)
    # <m^4> = 3 <m^2>^2 for normal numbers. The standard error is 0.0014, by simulation.
    m = np.random.default_rng(0).normal(size=10**6)
    assert abs(binder_cumulant(m)) < 4 * 0.0014
    # Uniform on [-1, 1]: <m^2> = 1/3, <m^4> = 1/5.
    m = np.linspace(-1, 1, 100001)
    assert binder_cumulant(m) == pytest.approx(1 - 9 / 15, abs=1e-4)


def test_binder_cumulant_of_the_two_by_two_lattice():
    energy, m = [np.array(x) for x in zip(*naive.boltzmann_distribution(2, 2.0), strict=True)]
    assert energy.shape == m.shape
    p = np.array(list(naive.boltzmann_distribution(2, 2.0).values()))
    expected = 1 - p @ m**4 / (3 * (p @ m**2) ** 2)
    counts = np.rint(p * 10**6).astype(int)
    assert binder_cumulant(np.repeat(m, counts) / 4) == pytest.approx(expected, abs=1e-5)


def test_binder_cumulant_along_an_axis():
    m = np.random.default_rng(0).uniform(-1, 1, size=(3, 50, 4))
    expected = [[binder_cumulant(m[i, :, j]) for j in range(4)] for i in range(3)]
    np.testing.assert_allclose(binder_cumulant(m, axis=1), expected, rtol=1e-14)
    assert binder_cumulant(m).shape == (3, 50)


@pytest.mark.filterwarnings("ignore:series of shape")
@pytest.mark.parametrize("shape", [(200,), (3, 80), (2, 101), (2, 202), (500,)])
@pytest.mark.parametrize("phi", [-0.8, -0.6, 0.0, 0.4])
@pytest.mark.parametrize("window", [4, 6])
def test_autocorrelation_time_is_the_naive_one(shape, phi, window):
    series = ar1(shape, phi, 0) + 3
    tau, error = integrated_autocorrelation_time(series, window=window)
    chains = np.atleast_2d(series).tolist()
    np.testing.assert_allclose(
        (tau, error), naive.integrated_autocorrelation_time(chains, window), rtol=1e-10
    )


@pytest.mark.parametrize(
    "phi", [0.5, 0.95, *(pytest.param(phi, marks=pytest.mark.slow) for phi in (0.0, 0.8))]
)
@pytest.mark.parametrize("n_chains", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_autocorrelation_time_of_ar1_and_its_standard_error(phi, n_chains):
    tau = (1 + phi) / (1 - phi) / 2
    n_steps = int(2000 * tau) // n_chains
    measured = [
        integrated_autocorrelation_time(ar1((n_chains, n_steps), phi, seed)) for seed in range(300)
    ]
    taus, errors = np.array(measured).T
    # The window gives a bias of -exp(-6), the mean one of about -(2 W + 1) / n = -0.6 %.
    assert abs(taus.mean() / tau - 1) < 0.02
    # The standard error is right to some 20 %, as it includes the tail that the window leaves out.
    assert 0.75 < np.std((taus - tau) / errors) < 1.15
    # In a normal distribution 95 % lie within two standard errors; 300 trials scatter by 1.3 %.
    assert np.mean(np.abs(taus - tau) < 2 * errors) > 0.91


@pytest.mark.parametrize(
    "phi", [-0.95, -0.5, *(pytest.param(phi, marks=pytest.mark.slow) for phi in (-0.9, -0.3))]
)
@pytest.mark.parametrize("n_chains", [1, 4])
def test_autocorrelation_time_of_anticorrelated_steps(phi, n_chains):
    tau = (1 + phi) / (1 - phi) / 2
    measured = [
        integrated_autocorrelation_time(ar1((n_chains, 20000 // n_chains), phi, seed))
        for seed in range(200)
    ]
    taus, errors = np.array(measured).T
    assert (taus > 0).all()
    assert abs(taus.mean() / tau - 1) < 0.02
    # 200 trials give the standard deviation to 5 %.
    assert 0.8 < np.std((taus - tau) / errors) < 1.25
    assert (np.abs(taus - tau) < 5 * errors).all()


def test_magnetization_of_successive_wolff_clusters():
    # At low temperature a cluster is most of the lattice, so that m changes its sign at each step.
    state, spins = seeded_state(0), np.ones((8, 8), np.int8)
    threshold = np.uint64(int((1 - np.exp(-2 / 2.0)) * 2**64))
    series, arrays = [], work_arrays(8)
    for _ in range(40000):
        wolff(spins, threshold, 1, 10**9, *arrays, state)
        series.append(spins.mean())
    tau, error = integrated_autocorrelation_time(series)
    # 2 tau is the ratio of the variance of means of batches of 100 steps to that of free steps.
    batches = np.mean(np.reshape(series, (-1, 100)), axis=1)
    expected = 100 * batches.var() / np.var(series) / 2
    # The standard error of a variance of 400 batches is 7 %.
    assert abs(tau - expected) < 4 * np.hypot(error, 0.07 * expected)
    assert 0.03 < tau < 0.06


def test_a_sum_that_is_not_positive_is_nan_with_a_warning():
    message = r"series of shape \(1, 6\) is too short.*NaN, since the sum is not above 0"
    with pytest.warns(UserWarning, match=message):
        result = integrated_autocorrelation_time([2, 1, 0, -2, -1, -3])
    assert np.isnan(result).all()


@pytest.mark.parametrize("shape", [(5000, 4), (200, 4), (30, 30)])
@pytest.mark.parametrize("phi", [0.9, -0.9])
def test_steps_in_rows_are_refused_and_the_hint_is_right(shape, phi):
    series = ar1(shape[::-1], phi, 1).T
    message = r"\(n_chains, n_steps\).*neighbouring rows have a correlation of -?0\.[89].*series\.T"
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)
    if shape[0] == 5000:
        tau, error = integrated_autocorrelation_time(series.T)
        assert abs(tau - (1 + phi) / (1 - phi) / 2) < 4 * error


@pytest.mark.parametrize("phi", [0.9, 0.0, -0.9])
def test_chains_in_rows_are_never_taken_for_steps(phi):
    # A row is refused at 5 standard errors: with a probability below 1e-6 for each of 100 arrays.
    for seed in range(100):
        series = ar1((40, 30), phi, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            integrated_autocorrelation_time(series)


def test_deviations_are_from_the_mean_of_all_chains():
    # Each chain is stuck at its own value: about its own mean, it would look uncorrelated.
    stuck = np.repeat([[1.0], [-1.0]], 100, axis=1) + ar1((2, 100), 0.0, 0) / 10
    with pytest.warns(UserWarning, match="too short"):
        tau, _ = integrated_autocorrelation_time(stuck)
    assert tau > 50


@pytest.mark.parametrize("shape", [(12,), (2, 8), (4, 50)])
def test_short_chains_give_a_warning(shape):
    message = r"series of shape .* is too short to measure.*likely too small.*Run longer chains"
    with pytest.warns(UserWarning, match=message) as record:
        integrated_autocorrelation_time(ar1(shape, 0.95, 1))
    assert record[0].filename == __file__


def test_series_can_be_in_a_store(tmp_path):
    series = ar1((2, 500), 0.5, 0)
    lazy = zarr_array(series, tmp_path)
    assert integrated_autocorrelation_time(lazy) == integrated_autocorrelation_time(series)
    assert binder_cumulant(lazy).shape == (2,)


@pytest.mark.parametrize("measure", [binder_cumulant, integrated_autocorrelation_time])
@pytest.mark.parametrize(
    ("series", "error", "message"),
    [
        ([1.0, np.nan, 2.0], ValueError, r"must be finite; got nan at index \(1,\)"),
        ([[1.0, 2.0], [-np.inf, 2.0]], ValueError, r"must be finite; got -inf at index \(1, 0\)"),
        ([], ValueError, r"one number for each measurement; got shape \(0,\)"),
        (3.0, ValueError, r"one number for each measurement; got shape \(\)"),
        (["a", "b"], TypeError, "must hold numbers"),
    ],
)
def test_other_arrays_than_series_are_refused(measure, series, error, message):
    with pytest.raises(error, match=message):
        measure(series)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.full((2, 50), 0.1), "series is constant: all of its 100 values are 0.1.*0/0"),
        (np.ones((2, 3, 4)), r"shape \(n_steps,\) or \(n_chains, n_steps\).*got shape \(2, 3, 4\)"),
        (np.ones((5, 1)), r"with 2 steps or more; got shape \(5, 1\)"),
    ],
)
def test_series_without_an_autocorrelation_time_are_refused(series, message):
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)


@pytest.mark.parametrize(
    ("window", "error", "message"),
    [
        (0, ValueError, "window must be a finite number > 0; got 0"),
        ("6", TypeError, "window must be a number > 0; got '6'"),
    ],
)
def test_other_windows_than_positive_numbers_are_refused(window, error, message):
    with pytest.raises(error, match=message):
        integrated_autocorrelation_time([1.0, 2.0, 1.5], window=window)


def test_binder_cumulant_of_zeros_is_refused():
    with pytest.raises(ValueError, match=r"magnetization is 0 in every sample.*axis=-1.*0/0"):
        binder_cumulant([[0.5, 0.1], [0.0, 0.0]])


@pytest.mark.parametrize("m", [[0.3], [0.3, -0.01]])
def test_binder_cumulant_of_a_handful_gives_a_warning(m):
    with pytest.warns(UserWarning, match=r"\d sample\(s\).*above 1/3 in any phase.*more samples"):
        assert binder_cumulant(m) > 1 / 3


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-600, 2.0**1000])
def test_the_scale_of_a_series_cancels(scale):
    x = ar1((3, 2000), 0.5, 0)
    assert integrated_autocorrelation_time(x * scale) == integrated_autocorrelation_time(x)
    np.testing.assert_array_equal(binder_cumulant(x * scale), binder_cumulant(x))


def test_bias_of_the_binder_cumulant_of_few_samples():
    m = np.random.default_rng(0).normal(size=(20000, 8))
    cumulants = binder_cumulant(m)
    assert abs(cumulants.mean() - 2 / 10) < 4 * cumulants.std() / np.sqrt(20000)
    assert cumulants.min() >= 1 - 8 / 3
