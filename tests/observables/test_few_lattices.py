"""Correlations of few lattices, and of lattices that cannot tell them: NaN, with the reason."""

import numpy as np
import pytest

from skising import exact, make_ising, staggered
from skising.observables import correlation_function, correlation_length


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


@pytest.mark.parametrize("method", ["exponential", "second-moment"])
@pytest.mark.parametrize("n_samples", [1, 2, 20])
@pytest.mark.parametrize("connected", [True, "auto"])
def test_lattices_of_equal_spins_show_no_correlation(method, n_samples, connected):
    X = np.ones((n_samples, 8, 8))
    message = "shows no correlation.*Give more lattices"
    if method == "second-moment" and n_samples < 16:
        message = f"needs the magnetization of 16 groups.*there are {n_samples}"
    with pytest.warns(UserWarning, match=message):
        result = correlation_length(X, method=method, connected=connected)
    assert np.isnan(result).all()


@pytest.mark.filterwarnings("ignore:.*(shows no correlation|as large as the fitted length)")
def test_random_spins_have_no_length_that_is_not_noise():
    for n_samples in (1, 20):
        for seed in range(10):
            xi, error = correlation_length(random_lattices((n_samples, 16, 16), seed))
            # C(1) is about exp(-1 / xi), which is 0.
            assert np.isnan(xi) or xi**2 < 4 * error


@pytest.mark.parametrize(("T", "seed"), [(2.6, 0), (2.0, 1)])
def test_antiparallel_spins_are_named_and_the_hint_is_right(T, seed):
    ferromagnets = make_ising(20, 64, [T], random_state=seed).data
    X = staggered(ferromagnets)
    message = r"antiparallel, with an energy of \+1\.\d+.*give skising\.staggered\(X\)"
    with pytest.warns(UserWarning, match=message):
        assert np.isnan(correlation_length(X)).all()
    xi, error = correlation_length(staggered(X))
    assert abs(xi - exact.correlation_length(T)) < 4 * error


# Samples that cannot tell


@pytest.mark.parametrize(
    "T", [2.5, *(pytest.param(T, marks=pytest.mark.slow) for T in (2.0, 3.0, 2.15))]
)
def test_single_lattices_give_the_length_and_its_error(T):
    X = make_ising(40, 256, [T], random_state=3).data
    results = np.array([correlation_length(X[k : k + 1]) for k in range(len(X))])
    z = (results[:, 0] - exact.correlation_length(T)) / results[:, 1]
    # About 70 % are within one error; 40 samples scatter by 7 %.
    assert 0.48 < np.mean(np.abs(z) < 1) < 0.95
    assert (np.abs(z) < 5).all()
    assert abs(np.mean(results[:, 0]) / exact.correlation_length(T) - 1) < 0.1


def test_two_huge_lattices_in_the_disordered_phase():
    X = make_ising(2, 512, [3.0], random_state=0).data
    xi, error = correlation_length(X)
    assert error < 0.05
    assert abs(xi - exact.correlation_length(3.0)) < 4 * error


@pytest.mark.parametrize(
    "n_samples", [2, 4, 8, *(pytest.param(n, marks=pytest.mark.slow) for n in (16, 32))]
)
def test_few_lattices_are_never_far_off(n_samples):
    X = make_ising(20 * n_samples, 64, [2.6], random_state=1, algorithm="swendsen-wang").data
    results = np.array([correlation_length(x) for x in X.reshape(20, n_samples, 64, 64)])
    z = (results[:, 0] - exact.correlation_length(2.6)) / results[:, 1]
    assert np.isfinite(z).all()
    assert (np.abs(z) < 5).all()


@pytest.mark.filterwarnings("ignore:The correlation length")
@pytest.mark.parametrize("seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2))])
def test_near_the_critical_point_no_length_is_impossible(seed):
    for size in (16, 32):
        for T in np.linspace(2.2, 2.3, 8):
            X = make_ising(20, size, [T], random_state=seed, algorithm="swendsen-wang").data
            for method in ("exponential", "second-moment"):
                xi, error = correlation_length(X, method=method)
                longest = size / 4 if method == "exponential" else np.inf
                assert np.isnan(xi) or (0 < xi <= longest and error > 0.01 * xi)


def test_lengths_that_the_lattices_cannot_tell_are_nan():
    X = make_ising(64, 32, [exact.CRITICAL_TEMPERATURE], random_state=0).data
    with pytest.warns(UserWarning, match="more than a quarter of the side.*Give larger lattices"):
        assert np.isnan(correlation_length(X)).all()


def test_noise_is_named():
    # The squared second-moment length of 200 lattices of 40 xi per side has an error of 5.
    X = make_ising(200, 64, [3.6], random_state=0).data
    with pytest.warns(UserWarning, match="noise of the squared second-moment.*exponential"):
        assert np.isnan(correlation_length(X, method="second-moment")).all()
    assert np.isfinite(correlation_length(X, method="exponential")).all()


def test_a_phase_that_is_not_clear_is_named():
    X = make_ising(2, 8, [2.25], random_state=6).data
    with pytest.warns(UserWarning, match="connected='auto' cannot tell which.*larger lattices"):
        assert np.isnan(correlation_length(X)).all()
    with pytest.warns(UserWarning, match="they can be from either phase. Give connected=False"):
        table = correlation_function(X)
    assert table[["correlation", "error"]].isna().all(axis=None)
    assert correlation_function(X, connected=False).correlation.notna().all()


@pytest.mark.parametrize(("T", "wrong"), [(3.0, True), (2.0, False)])
def test_the_wrong_phase_is_named(T, wrong):
    X = make_ising(2, 128, [T], random_state=0).data
    with pytest.warns(UserWarning, match=f"connected={wrong} is wrong.*connected={not wrong}"):
        assert np.isnan(correlation_length(X, connected=wrong)).all()
    xi, error = correlation_length(X, connected=not wrong)
    assert abs(xi - exact.correlation_length(T)) < 4 * error


@pytest.mark.parametrize(("n", "size"), [(20, 20), (2, 64), (2, 256)])
def test_mixed_temperatures_are_named(n, size):
    temperatures = np.linspace(1.5, 3.5, n)
    X = np.concatenate([make_ising(1, size, [T], random_state=0).data for T in temperatures])
    message = "energies of its lattices differ more than lattices of one temperature"
    with pytest.warns(UserWarning, match=message):
        assert np.isnan(correlation_length(X)).all()
    with pytest.warns(
        UserWarning, match="their energies differ more than those of lattices of one"
    ):
        assert correlation_function(X).correlation.isna().all()


@pytest.mark.filterwarnings("ignore:The correlation length, .* is more than a tenth")
@pytest.mark.filterwarnings(
    "ignore:.*(more than a quarter|connected='auto'|no correlation|as large)"
)
@pytest.mark.parametrize(
    "T",
    [
        *(0.8, 2.0, 2.269185, 3.0),
        *(pytest.param(T, marks=pytest.mark.slow) for T in (1.5, 2.2, 2.35, 100.0)),
    ],
)
def test_one_temperature_is_never_called_mixed(T):
    # With a probability below 1e-6 for each sample, as the scatter at Tc is below the limit.
    for size, n in [(8, 400), (16, 100), (32, 40)]:
        X = make_ising(n, size, [T], random_state=0, algorithm="swendsen-wang").data
        correlation_length(X)


def test_copies_have_no_standard_error():
    lattice = make_ising(1, 64, [2.6], random_state=0).data
    for n in (2, 20):
        X = np.repeat(lattice, n, axis=0)
        with pytest.warns(UserWarning, match=f"all {n} groups have the same lattices"):
            assert np.isnan(correlation_length(X)).all()
        message = rf"All {n} groups .* have the same C\(r\) in 66 of 66 rows.*errors are NaN"
        with pytest.warns(UserWarning, match=message):
            table = correlation_function(X, connected=True)
        assert table.error.isna().all()
        assert table.correlation.notna().all()
    with pytest.warns(UserWarning, match="have the same"):
        assert correlation_function(np.ones((3, 8, 8))).error.isna().all()


def test_a_pattern_has_no_standard_error():
    X = np.ones((1, 6, 6))
    X[:, ::2] = -1
    with pytest.warns(UserWarning, match="all parts of its lattices are the same"):
        assert np.isnan(correlation_length(X)).all()


def test_equal_correlations_by_coincidence_have_no_standard_error():
    X = np.ones((2, 9, 9))
    X[0, 0, 0] = X[0, 4, 4] = X[1, 0, 0] = X[1, 2, 0] = -1
    with pytest.warns(UserWarning, match=r"have the same C\(r\) in \d of 10 rows"):
        table = correlation_function(X, connected=False)
    assert 0 < table.error.isna().sum() < 8
    assert table.error[0] == 0
