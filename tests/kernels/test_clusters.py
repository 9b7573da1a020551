"""The Swendsen-Wang and the Wolff kernel against their slow twins; p-values as in `statistical`."""

import naive
import numpy as np
import pytest
from scipy import stats
from statistical import assert_frequencies, assert_p_value, seeded_state

from skising._kernels import swendsen_wang as segments
from skising._kernels import wolff as clusters
from skising.exact import CRITICAL_TEMPERATURE

TC = CRITICAL_TEMPERATURE
ALWAYS, NEVER = np.uint64(2**64 - 1), np.uint64(0)


def bond_threshold(temperature):
    return np.uint64(int((1 - np.exp(-2 / temperature)) * 2**64))


def random_lattice(size, seed):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (size, size))


def swendsen_wang(spins, threshold, n_sweeps, state, n_at_once=10**9):
    """Make whole sweeps of a lattice, so many steps in each call of the kernel."""
    size = len(spins)
    words = np.empty((size, (size + 63) // 64), np.uint64)
    segments.pack(spins, words)
    arrays, n_steps = segments.work_arrays(size), 2 * size * n_sweeps
    for first in range(0, n_steps, n_at_once):
        stop = min(first + n_at_once, n_steps)
        segments.swendsen_wang(words, size, threshold, first, stop, *arrays, state)
    segments.unpack(words, spins)


def wolff(spins, threshold, n_clusters, state, n_at_once=10**9):
    """Flip clusters, visit so many sites in each call of the kernel, and return their size."""
    arrays, n_flipped = clusters.work_arrays(len(spins)), 0
    while n_clusters:
        n_clusters, n_visited = clusters.wolff(
            spins, threshold, n_clusters, n_at_once, *arrays, state
        )
        assert n_visited <= n_at_once
        n_flipped += n_visited
    return n_flipped


@pytest.mark.parametrize("update", [swendsen_wang, wolff])
@pytest.mark.parametrize("size", [2, 5, 64, 66])
@pytest.mark.parametrize("temperature", [1.0, TC, 5.0])
def test_the_work_of_a_call_changes_nothing(update, size, temperature):
    whole = random_lattice(size, size)
    parts, state, same_state = whole.copy(), seeded_state(size), seeded_state(size)
    update(whole, bond_threshold(temperature), 7, state)
    update(parts, bond_threshold(temperature), 7, same_state, n_at_once=3)
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(same_state, state)


# Swendsen-Wang


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("temperature", [1.0, TC, 5.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.slow
def test_one_sweep_reaches_lattices_as_often_as_the_twin(size, temperature, seed):
    start, state = random_lattice(size, seed), seeded_state(seed)
    counts = np.zeros(2**start.size, int)
    for _ in range(20000):
        spins = start.copy()
        swendsen_wang(spins, bond_threshold(temperature), 1, state)
        counts[(spins.ravel() > 0) @ 2 ** np.arange(spins.size)] += 1
    assert_frequencies(counts, naive.swendsen_wang_probabilities(start, temperature))


@pytest.mark.parametrize("size", [2, 3, 31, 63, 64, 65, 127, 128, 130])
def test_a_sweep_at_zero_temperature_flips_whole_domains(size):
    start = random_lattice(size, size)
    flat = start.ravel()
    labels = naive.clusters(flat.size, [b for b in naive.bonds(size) if flat[b[0]] == flat[b[1]]])
    flips = start.copy()
    swendsen_wang(flips, ALWAYS, 1, seeded_state(size))
    flips = (flips * start).ravel()
    np.testing.assert_array_equal(flips, flips[labels])
    up = flips[np.unique(labels)] > 0
    assert_p_value(stats.binomtest(int(up.sum()), len(up)).pvalue / 2)


@pytest.mark.parametrize("size", [2, 63, 64, 65, 130])
def test_a_sweep_without_bonds_makes_independent_spins(size):
    n_sweeps, state = 2 + 40000 // size**2, seeded_state(size)
    X = np.ones((n_sweeps, size, size), np.int8)
    for spins in X:
        swendsen_wang(spins, NEVER, 1, state)
    for sample in (X, X[:, 1:] * X[:, :-1], X[:, :, 1:] * X[:, :, :-1], X[1:] * X[:-1]):
        z = sample.sum(dtype=np.int64) / np.sqrt(sample.size)
        assert_p_value(stats.norm.sf(z))


# Wolff


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("temperature", [1.0, TC, 5.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.slow
def test_one_cluster_reaches_lattices_as_often_as_the_twin(size, temperature, seed):
    start, state = random_lattice(size, seed), seeded_state(seed)
    counts = np.zeros(2**start.size, int)
    for _ in range(20000):
        spins = start.copy()
        n_flipped = wolff(spins, bond_threshold(temperature), 1, state)
        assert n_flipped == np.count_nonzero(spins != start)
        counts[(spins.ravel() > 0) @ 2 ** np.arange(spins.size)] += 1
    assert_frequencies(counts, naive.wolff_probabilities(start, temperature))


@pytest.mark.parametrize("size", [2, 3, 16, 31, 65])
def test_a_cluster_at_zero_temperature_is_a_whole_domain(size):
    spins, state = random_lattice(size, size), seeded_state(size)
    domains = naive.domains(spins)
    for _ in range(20):
        before = spins.copy()
        wolff(spins, ALWAYS, 1, state)
        (flipped,) = np.unique(domains[spins != before])
        np.testing.assert_array_equal(spins != before, domains == flipped)
        spins[:] = before
    assert wolff(spins, NEVER, 100, state) == 100


@pytest.mark.parametrize(
    ("size", "fraction"),
    [(8, 0.648), (16, 0.546), pytest.param(32, 0.459, marks=pytest.mark.slow)],
)
def test_the_mean_cluster_size_is_the_mean_squared_magnetization(size, fraction):
    n_steps, state = 100, seeded_state(size)
    spins = np.ones((size, size), np.int8)
    threshold, sizes, m2 = bond_threshold(TC), [], []
    for _ in range(3000):
        m2.append(np.mean(spins) ** 2)
        sizes.append(wolff(spins, threshold, n_steps, state) / n_steps / size**2)
    sizes, m2 = np.array(sizes[10:]), np.array(m2[10:])
    difference = sizes - m2
    assert_p_value(stats.ttest_1samp(difference, 0).pvalue / 2)
    assert abs(sizes.mean() - fraction) < 0.0005 + 4 * sizes.std() / np.sqrt(len(sizes))
