"""Correlations of lattices with open boundaries: parts of a larger system."""

import naive
import numpy as np
import pytest

from skising import exact, extract_blocks, make_ising, staggered
from skising.observables import correlation_function, correlation_length, energy_density
from skising.observables._open_momenta import OpenMomenta
from skising.observables._structure_factor import (
    Momenta,
    pole_structure_factor,
    wall_pair_structure_factor,
)

RECTANGLES = [(2, 4, 4), (5, 7, 7), (3, 4, 10), (3, 9, 6), (6, 1, 8), (4, 8, 1), (3, 2, 2)]


def random_lattices(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def cut(n_lattices, size, T, block_size, seed=0):
    """Return the blocks of larger lattices, and the lattice of each."""
    X = make_ising(n_lattices, size, [T], random_state=seed, algorithm="swendsen-wang").data
    blocks = extract_blocks(X, block_size)
    groups = np.repeat(np.arange(n_lattices), blocks.shape[1])
    return blocks.reshape(-1, block_size, block_size), groups


# Correlation function


@pytest.mark.filterwarnings("ignore:All . groups of lattices")
@pytest.mark.parametrize("shape", RECTANGLES)
def test_correlation_function_is_the_average_over_the_pairs_inside(shape):
    X = random_lattices(shape)
    table = correlation_function(X, connected=False, periodic=False)
    expected = naive.open_correlation_function(X.astype(int))
    for direction, part in table.groupby("direction"):
        distance, value = expected[direction]
        np.testing.assert_allclose(part.distance, distance, rtol=1e-13)
        np.testing.assert_allclose(part.correlation, value, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("shape", [(20, 6, 9), (5, 32, 32)])
def test_neighbours_are_the_bonds_of_the_energy(shape):
    X = random_lattices(shape)
    table = correlation_function(X, connected=False, periodic=False)
    bond = -energy_density(X, periodic=False) * shape[1] * shape[2]
    bond /= shape[1] * (shape[2] - 1) + (shape[1] - 1) * shape[2]
    np.testing.assert_allclose(table.correlation[1], bond.mean(), rtol=1e-12)
    error = bond.std(ddof=1) / np.sqrt(shape[0])
    np.testing.assert_allclose(table.error[1], error, rtol=1e-10)


def test_no_pair_is_across_the_boundary():
    # One lattice has two halves of opposite spins, which would meet at the boundary, too.
    X = np.ones((2, 16, 16))
    X[0, :, 8:] = -1
    table = correlation_function(X, connected=False, periodic=False).query("direction == 'axis'")
    r = table.distance.to_numpy()
    # Of the 16 - r pairs in each line across the wall, r differ.
    expected = 1 - r / (16 - r) / 2
    np.testing.assert_allclose(table.correlation, expected, rtol=1e-13, atol=1e-15)


def test_open_parts_have_the_correlations_of_the_whole():
    T = 2.6
    blocks, groups = cut(30, 128, T, 16)
    inside = correlation_function(blocks, connected=False, groups=groups, periodic=False)
    z = (inside.correlation[1] + exact.onsager_energy(T) / 2) / inside.error[1]
    assert abs(z) < 4  # fails with probability 6e-5
    # As if periodic, 6 of 16 pairs at distance 6 in a line are across the boundary.
    across = correlation_function(blocks, connected=False, groups=groups)
    assert across.correlation[6] < inside.correlation[6] - 4 * inside.error[6]


@pytest.mark.parametrize("T", [1.8, 3.2])
def test_auto_finds_the_phase_of_open_lattices(T):
    blocks, groups = cut(10, 128, T, 32)
    ordered = T < exact.CRITICAL_TEMPERATURE
    found = correlation_function(blocks, groups=groups, periodic=False)
    expected = correlation_function(blocks, connected=ordered, groups=groups, periodic=False)
    assert found.equals(expected)


# Correlation length


@pytest.mark.parametrize("form", [pole_structure_factor, wall_pair_structure_factor])
@pytest.mark.parametrize("sides", [(8, 8), (9, 6), (21, 21), (12, 30)])
@pytest.mark.parametrize("xi", [0.8, 1.3, 1.9])
def test_mean_squared_components_of_parts_of_a_larger_lattice(form, sides, xi):
    whole = [64, 64]
    k2 = np.add.outer(*(4 * np.sin(np.pi * np.arange(n) / n) ** 2 for n in whole))
    S = form(k2.ravel(), xi).reshape(whole)
    expected = naive.mean_periodogram(S, sides)
    momenta = OpenMomenta(sides)
    in_shells = momenta.structure_factor(expected[:, : sides[1] // 2 + 1])
    # A shell is as wide as 1 / 16 of the smallest momentum.
    np.testing.assert_allclose(momenta.spectrum(form, xi), in_shells, rtol=5e-3)
    # It is not the S(k) of periodic lattices.
    periodic = Momenta(sides).spectrum(form, xi)
    assert np.max(np.abs(in_shells / periodic - 1)) > 0.02


@pytest.mark.parametrize("form", [pole_structure_factor, wall_pair_structure_factor])
def test_interpolation_between_lengths(form):
    momenta = OpenMomenta((32, 32))
    lengths = np.exp(np.arange(-2, 9) / 4)
    nodes = [momenta.spectrum(form, xi) for xi in lengths]
    for k in range(1, 9):
        xi = np.sqrt(lengths[k] * lengths[k + 1])
        ratios = [nodes[j] / form(momenta.shell_squared, lengths[j]) for j in range(k - 1, k + 3)]
        cubic = np.array([-1, 9, 9, -1]) / 16 @ ratios * form(momenta.shell_squared, xi)
        np.testing.assert_allclose(momenta.spectrum(form, xi), cubic, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("T", [1.9, 2.1, 2.15, 2.45, 2.6, 2.8])
def test_open_lattices_have_the_length_of_the_infinite_lattice(T):
    expected = exact.correlation_length(T)
    size = 4 * int(np.ceil(2.6 * expected))
    blocks, groups = cut(60, 8 * size, T, size)
    xi, error = correlation_length(blocks, groups=groups, periodic=False)
    assert error < 0.05 * expected
    # As for periodic lattices; fails with probability 6e-5.
    assert abs(xi - expected) < 4 * error + 0.005 * expected
    if T > exact.CRITICAL_TEMPERATURE:
        # Taken for periodic, the same lattices have too short a length.
        assert correlation_length(blocks, groups=groups).xi < expected - 4 * error


@pytest.mark.parametrize(
    ("T", "block_size"),
    [
        (2.6, 64),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [(2.6, 128), (2.1, 64)]),
    ],
)
def test_open_parts_have_the_length_of_the_periodic_whole(T, block_size):
    X = make_ising(20, 512, [T], random_state=0).data
    blocks = extract_blocks(X, block_size).reshape(-1, block_size, block_size)
    whole = correlation_length(X)
    groups = np.repeat(np.arange(20), len(blocks) // 20)
    parts = correlation_length(blocks, groups=groups, periodic=False)
    # They have the same spins, but for pairs between blocks: the noise of both is about the same.
    assert abs(parts.xi - whole.xi) < 1.5 * whole.error
    assert 0.6 < parts.error / whole.error < 1.7


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*(as large as the fitted|more than a|no correlation)")
@pytest.mark.parametrize(("T", "n_samples"), [(2.6, 1), (2.6, 4), (2.05, 1), (2.05, 4)])
def test_few_open_lattices_give_the_length_and_its_error(T, n_samples):
    blocks, _ = cut(20, 256, T, 64)
    # Successive blocks are from different lattices, so that those of one sample are independent.
    by_place = blocks.reshape(20, -1, 64, 64).swapaxes(0, 1)
    samples = by_place.reshape(-1, n_samples, 64, 64)[:80]
    results = np.array([correlation_length(x, periodic=False) for x in samples])
    z = (results[:, 0] - exact.correlation_length(T)) / results[:, 1]
    assert np.isfinite(z).mean() > 0.8
    z = np.abs(z[np.isfinite(z)])
    # About 70 to 80 % are within one error; 80 samples scatter by 5 %.
    assert 0.5 < np.mean(z < 1) < 0.98
    assert (z < 6).all()


@pytest.mark.slow
def test_an_open_antiferromagnet_of_odd_sides():
    T = 2.6
    blocks, groups = cut(30, 256, T, 63)
    X = staggered(blocks, periodic=False)
    with pytest.warns(UserWarning, match="antiparallel"):
        assert np.isnan(correlation_length(X, periodic=False)).all()
    xi, error = correlation_length(staggered(X, periodic=False), groups=groups, periodic=False)
    assert abs(xi - exact.correlation_length(T)) < 4 * error


def test_the_second_moment_length_needs_periodic_lattices():
    with pytest.raises(ValueError, match=r"second-moment' needs periodic.*method='exponential'"):
        correlation_length(np.ones((2, 8, 8)), method="second-moment", periodic=False)


@pytest.mark.parametrize("measure", [correlation_function, correlation_length])
def test_periodic_is_a_bool(measure):
    with pytest.raises(ValueError, match="periodic must be one of True, False; got 0"):
        measure(np.ones((2, 8, 8)), periodic=0)
