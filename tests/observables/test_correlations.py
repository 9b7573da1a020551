"""Correlation functions against sums over pairs of sites, and lengths against exact ones."""

import naive
import numpy as np
import pytest
from scipy import integrate
from stores import RecordingStore, zarr_array

from skising import exact, make_ising
from skising.blocks import _lattices
from skising.observables import (
    _structure_factor,
    correlation_function,
    correlation_length,
    energy_density,
    magnetization,
)

RECTANGLES = [(2, 4, 4), (5, 7, 7), (3, 4, 10), (3, 9, 6), (6, 1, 8), (2, 2, 2)]


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def correlations(X, **parameters):
    """Return the rows of "axis" and those of "radial", each numbered by r."""
    table = correlation_function(X, **parameters)
    assert table.columns.tolist() == ["direction", "distance", "correlation", "error"]
    return {key: part.reset_index(drop=True) for key, part in table.groupby("direction")}


# Correlation function


@pytest.mark.filterwarnings("ignore:All . groups of lattices")
@pytest.mark.parametrize("shape", RECTANGLES)
def test_correlation_function_is_the_average_over_pairs(shape):
    X = random_lattices(shape)
    measured = correlations(X, connected=False)
    expected = naive.correlation_function(X)
    for direction, (distance, value) in expected.items():
        np.testing.assert_allclose(measured[direction].distance, distance, rtol=1e-13)
        np.testing.assert_allclose(measured[direction].correlation, value, atol=1e-13)


def test_correlation_of_a_site_with_itself_and_its_neighbours():
    X = random_lattices((20, 6, 9))
    axis = correlations(X, connected=False)["axis"]
    np.testing.assert_allclose(
        axis.loc[0, ["correlation", "error"]].astype(float), [1, 0], atol=1e-14
    )
    np.testing.assert_allclose(axis.correlation[1], -energy_density(X).mean() / 2, atol=1e-14)
    # The standard error of a mean of independent numbers.
    error = energy_density(X).std(ddof=1) / np.sqrt(20) / 2
    np.testing.assert_allclose(axis.error[1], error, rtol=1e-10)


def test_correlation_function_is_invariant_under_symmetries():
    X = random_lattices((4, 8, 8))
    table = correlation_function(X, connected=False)
    for image in (-X, np.rot90(X, axes=(1, 2)), X[:, ::-1], np.roll(X, 3, axis=2)):
        other = correlation_function(image, connected=False)
        np.testing.assert_allclose(other.correlation, table.correlation, atol=1e-14)


def test_exact_neighbours_of_the_infinite_lattice():
    T = 2.8
    X = make_ising(400, 32, [T], random_state=0).data
    table = correlations(X)["axis"]
    z = (table.correlation[1] + exact.onsager_energy(T) / 2) / table.error[1]
    assert abs(z) < 4


def test_the_squared_magnetization_is_subtracted_in_the_ordered_phase():
    X = make_ising(100, 16, [1.8], random_state=0).data
    m2 = np.abs(magnetization(X)).mean() ** 2
    raw, connected = (correlation_function(X, connected=c) for c in (False, True))
    # The jackknife removes the bias of the square, the variance of |m| over 100.
    bias = np.abs(magnetization(X)).var() / 100
    np.testing.assert_allclose(raw.correlation - connected.correlation, m2, atol=2 * bias)
    # At large r, C(r) has a much smaller standard error than m^2, which varies between lattices.
    far = connected.distance > 1
    assert (connected.error[far] < raw.error[far] / 3).all()
    assert correlation_function(X).equals(connected)


@pytest.mark.parametrize("n_samples", [1, 2, 50])
@pytest.mark.parametrize("T", [1.8, 3.2])
def test_auto_finds_the_phase(T, n_samples):
    X = make_ising(n_samples, 64, [T], random_state=0).data
    ordered = T < exact.CRITICAL_TEMPERATURE
    assert correlation_length(X) == correlation_length(X, connected=ordered)
    if n_samples > 1:
        assert correlation_function(X).equals(correlation_function(X, connected=ordered))


# Correlation length


def second_moment_of_wall_pairs(xi, size):
    """Return the second-moment length at k = 2 pi / size, by quadrature over the momentum p."""

    def structure_factor(k):
        def integrand(p):
            gamma = np.arccosh(1 + np.cosh(1 / (2 * xi)) - np.cos(p))
            spectrum = np.sinh(2 * gamma) / (np.cosh(2 * gamma) - np.cos(k))
            return np.sin(p) ** 2 / np.sinh(gamma) ** 4 * spectrum

        return integrate.quad(integrand, 0, np.pi, points=[1 / (2 * xi)])[0]

    k = 2 * np.pi / size
    return np.sqrt(structure_factor(0) / structure_factor(k) - 1) / (2 * np.sin(k / 2))


@pytest.mark.parametrize("xi", [2, 9, 60])
@pytest.mark.parametrize("k", [0.01, 0.3, 3.0])
def test_two_quadratures_of_wall_pairs_agree(xi, k):
    n = 20000
    p = (np.arange(n) + 0.5) * np.pi / n
    gamma = np.arccosh(1 + np.cosh(1 / (2 * xi)) - np.cos(p))
    spectrum = np.sinh(2 * gamma) / (np.cosh(2 * gamma) - np.cos(k))
    expected = np.mean(np.sin(p) ** 2 / np.sinh(gamma) ** 4 * spectrum) / 2
    measured = _structure_factor.wall_pair_structure_factor(np.array([4 * np.sin(k / 2) ** 2]), xi)
    np.testing.assert_allclose(measured, expected, rtol=1e-5)


def test_ratio_of_the_lengths_near_the_critical_point():
    # sqrt(2 / 5) is the ratio of the moments of tanh^2 t / cosh t exp(-r cosh t), for large xi.
    assert second_moment_of_wall_pairs(200, 10**5) / 200 == pytest.approx(np.sqrt(0.4), rel=1e-3)


@pytest.mark.parametrize(
    "T", [2.0, 2.65, 3.0, *(pytest.param(T, marks=pytest.mark.slow) for T in (1.9, 2.1, 2.8))]
)
def test_exponential_length_is_the_exact_one(T):
    expected = exact.correlation_length(T)
    size = 4 * int(np.ceil(2.6 * expected))
    X = make_ising(1500, size, [T], random_state=1).data
    xi, error = correlation_length(X)
    assert error < 0.02 * expected
    # The fitted forms are approximate: they give xi to 0.5 %.
    assert abs(xi - expected) < 4 * error + 0.005 * expected
    assert abs(xi / expected - 1) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("T", [2.0, 3.0])
def test_second_moment_length_is_the_exact_one(T):
    xi_exact = exact.correlation_length(T)
    size = 24
    if T < exact.CRITICAL_TEMPERATURE:
        expected = second_moment_of_wall_pairs(xi_exact, size)
        assert expected < 0.65 * xi_exact
    else:
        expected = 1 / (2 * np.sinh(1 / (2 * xi_exact)))
    X = make_ising(20000, size, [T], algorithm="swendsen-wang", random_state=1).data
    xi, error = correlation_length(X, method="second-moment")
    assert error < 0.1 * expected
    assert abs(xi - expected) < 4 * error


@pytest.mark.slow
def test_second_moment_length_at_the_critical_point():
    # xi / L -> 0.9050488292 (Salas and Sokal), with corrections of order L^(-7/4).
    size = 16
    X = make_ising(20000, size, [exact.CRITICAL_TEMPERATURE], random_state=0).data
    with pytest.warns(UserWarning, match="more than a tenth"):
        xi, error = correlation_length(X, method="second-moment", connected=False)
    assert error < 0.01 * size
    assert abs(xi - 0.9050488292 * size) < 4 * error + size**-0.75


@pytest.mark.filterwarnings("ignore:The correlation length, .* is more than a tenth")
@pytest.mark.parametrize("method", ["exponential", "second-moment"])
def test_rows_and_columns_of_a_rectangle_are_equivalent(method):
    X = make_ising(200, 16, [3.0], random_state=0).data[:, :12]
    xi, error = correlation_length(X, method=method)
    turned = correlation_length(X.transpose(0, 2, 1), method=method)
    np.testing.assert_allclose(turned, (xi, error), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("T", [1.8, 3.6])
def test_standard_errors_are_the_scatter_of_repetitions(T):
    size, n_sets = 20, 60
    X = make_ising(100 * n_sets, size, [T], algorithm="swendsen-wang", random_state=0, thin=20)
    sets = X.data.reshape(n_sets, 100, size, size)
    xi, error = np.array([correlation_length(each) for each in sets]).T
    # 60 sets give the standard deviation to 9 %, and the typical standard error a little worse.
    assert 0.65 < xi.std(ddof=1) / np.sqrt(np.mean(error**2)) < 1.35


def test_copies_in_one_group_do_not_reduce_the_standard_error():
    X = random_lattices((60, 8, 8), 1)
    copies, chain = np.repeat(X, 3, axis=0), np.repeat(np.arange(60), 3)
    single = correlation_function(X, connected=False)
    for groups in (chain, np.char.mod("chain %d", chain)):
        grouped = correlation_function(copies, connected=False, groups=groups)
        np.testing.assert_allclose(grouped.error, single.error, rtol=1e-10, atol=1e-15)
    # Without groups the copies count as three times as many lattices.
    alone = correlation_function(copies[np.argsort(np.tile([0, 1, 2], 60))], connected=False)
    assert (alone.error[1:5] < 0.8 * single.error[1:5]).all()


@pytest.mark.parametrize("T", [2.0, 3.0])
def test_copies_in_few_groups_do_not_reduce_the_error_of_a_length(T):
    X = make_ising(5, 64, [T], random_state=0).data
    expected = correlation_length(X)
    copies = correlation_length(np.repeat(X, 3, axis=0), groups=np.repeat(np.arange(5), 3))
    np.testing.assert_allclose(copies, expected, rtol=1e-6)
    single = correlation_length(X[:1])
    assert single.error > 1.3 * expected.error


def test_the_error_of_few_groups_is_that_of_many():
    X = make_ising(64, 64, [2.7], random_state=0, algorithm="swendsen-wang", thin=12).data
    many, few = correlation_length(X), correlation_length(X, groups=np.arange(64) % 4)
    # The jackknife over 64 groups gives the error to 9 %.
    assert abs(few.xi - many.xi) < many.error / 2
    assert 0.7 < few.error / many.error < 1.4


def test_unequal_groups_do_not_change_the_mean():
    X = random_lattices((30, 6, 6))
    groups = np.repeat([0, 1, 2, 3], [3, 5, 8, 14])
    grouped = correlation_function(X, connected=False, groups=groups)
    single = correlation_function(X, connected=False)
    np.testing.assert_allclose(grouped.correlation, single.correlation, atol=1e-14)


@pytest.mark.parametrize("measure", [correlation_function, correlation_length])
def test_stores_are_read_in_pieces(measure, tmp_path, monkeypatch):
    X = make_ising(20, 16, [3.4], random_state=0).data
    expected = measure(X)
    monkeypatch.setattr(_lattices, "_PIECE_BYTES", 700)
    assert str(measure(zarr_array(X, tmp_path, (3, 16, 16)))) == str(expected)
    store = RecordingStore(X)
    measure(store)
    assert store.lattices_read == [range(k, k + 2) for k in range(0, 20, 2)]


# Warnings and errors


def test_small_lattices_give_a_warning():
    X = make_ising(50, 16, [2.4], random_state=0).data
    message = r"more than a tenth of the side of lattices of 16 x 16 sites.*Give larger lattices"
    with pytest.warns(UserWarning, match=message) as record:
        correlation_length(X)
    assert record[0].filename == __file__


@pytest.mark.parametrize("measure", [correlation_function, correlation_length])
@pytest.mark.parametrize(
    ("X", "parameters", "message"),
    [
        (np.ones((4, 4)), {}, r"3 dimensions.*got shape \(4, 4\)"),
        (np.zeros((2, 4, 4)), {}, r"\+1 or -1; got 0\.0 at index \(0, 0, 0\)"),
        (
            np.ones((3, 4, 4)),
            {"groups": [0, 1]},
            r"one label for each lattice: X has shape \(3, 4, 4\).*needs shape \(3,\); got shape "
            r"\(2,\)",
        ),
        (
            np.ones((3, 4, 4)),
            {"connected": 1},
            r"connected must be one of 'auto', True, False; got 1",
        ),
    ],
)
def test_wrong_parameters_and_lattices_are_refused(measure, X, parameters, message):
    with pytest.raises(ValueError, match=message):
        measure(X, **parameters)


def test_the_correlation_function_needs_two_groups():
    with pytest.raises(ValueError, match=r"at least two groups; got one group of 1 lattice"):
        correlation_function(np.ones((1, 4, 4)))
    with pytest.raises(ValueError, match=r"one group of 3 lattice.*leave out groups"):
        correlation_function(np.ones((3, 4, 4)), groups=[5, 5, 5])


def test_correlation_length_refuses_methods_and_small_lattices():
    with pytest.raises(ValueError, match="method must be one of 'exponential', 'second-moment'"):
        correlation_length(np.ones((2, 4, 4)), method="fit")
    with pytest.raises(ValueError, match=r"at least 4 sites per side; got X of shape \(2, 3, 8\)"):
        correlation_length(np.ones((2, 3, 8)))
